/// A value that identifies a patient or may do so: it prints as `<private>` wherever it is described, interpolated,
/// dumped or logged, and is opened only by `reveal()`.
package struct PHI<Value: Sendable>: Sendable {
    private let value: Value

    package init(_ value: Value) {
        self.value = value
    }

    /// The value itself. Every call is a place to check in a review.
    package func reveal() -> Value {
        value
    }
}

extension PHI: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<private>" }
    package var debugDescription: String { "<private>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension PHI: Equatable where Value: Equatable {}
extension PHI: Hashable where Value: Hashable {}
