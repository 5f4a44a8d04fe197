import Foundation

/// The large `bytes` of a message in the order of their visit, held in place while it is packed: packing then copies
/// them once, into the binary form.
struct PinnedBytes: FieldVisitor {
    /// Smaller values are copied once more. The limit also bounds how deep `withPointers` nests: no message has more
    /// than 2 GiB.
    static let threshold = 1 << 20

    private var large: [Data] = []

    /// Gives `body` the place of every large value of `message`.
    static func of<M: Message>(
        _ message: M, _ body: ([UnsafeRawBufferPointer]) -> Result<Data, WireError>
    ) throws(WireError) -> Data {
        var pinned = PinnedBytes()
        var message = message
        try message.visitFields(&pinned)
        if pinned.large.isEmpty { return try body([]).get() }
        let size = pinned.large.reduce(0) { $0 + $1.count }
        guard size <= Int(Int32.max) else { throw .tooLarge(message: M.fullName, limit: Int(Int32.max)) }
        return try withPointers(pinned.large[...], [], body).get()
    }

    private static func withPointers<R>(
        _ rest: ArraySlice<Data>, _ pointers: [UnsafeRawBufferPointer], _ body: ([UnsafeRawBufferPointer]) -> R
    ) -> R {
        guard let first = rest.first else { return body(pointers) }
        return first.withUnsafeBytes { withPointers(rest.dropFirst(), pointers + [$0], body) }
    }

    mutating func field<S: Scalar>(_ number: Int, _ value: inout S) throws(WireError) {
        note(value)
    }

    mutating func field<S: Scalar>(_ number: Int, _ values: inout [S]) throws(WireError) {
        guard S.kind == .bytes else { return }
        for value in values { note(value) }
    }

    mutating func field<S: Scalar>(_ number: Int, _ value: inout S?) throws(WireError) {
        if let value { note(value) }
    }

    mutating func field<M: Message>(_ number: Int, _ value: inout M?) throws(WireError) {
        try value?.visitFields(&self)
    }

    mutating func field<M: Message>(_ number: Int, _ values: inout [M]) throws(WireError) {
        for index in values.indices { try values[index].visitFields(&self) }
    }

    mutating func field<M: Message>(_ number: Int, _ values: inout [String: M]) throws(WireError) {
        for (_, value) in MapEntry.sorted(values) {
            var value = value
            try value.visitFields(&self)
        }
    }

    private mutating func note<S: Scalar>(_ value: S) {
        guard S.kind == .bytes else { return }
        if case .bytes(let data) = value.scalarValue, data.count >= Self.threshold { large.append(data) }
    }
}
