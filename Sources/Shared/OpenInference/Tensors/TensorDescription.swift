/// A tensor as a model takes or gives it.
package struct TensorDescription: Sendable, Equatable {
    /// Its name in requests and answers.
    package let name: String
    package let datatype: Datatype
    /// Extents; -1 where any positive one is taken. The first is the batch.
    package let shape: [Int]

    /// - Parameter itemShape: extents without the batch.
    package init(_ name: String, _ datatype: Datatype, itemShape: [Int]) {
        self.name = name
        self.datatype = datatype
        shape = [-1] + itemShape
    }

    /// Extents without the batch.
    package var itemShape: [Int] { Array(shape.dropFirst()) }

    /// What a peer says of a tensor, checked.
    ///
    /// - Returns: its number of elements.
    /// - Throws: `InferenceError.unknownDatatype`, `.datatypeMismatch`, `.shapeMismatch`.
    func check(datatype text: String, shape found: [Int]) throws(InferenceError) -> Int {
        guard let other = Datatype(rawValue: text) else { throw .unknownDatatype(tensor: name) }
        guard other == datatype else { throw .datatypeMismatch(tensor: name, expected: datatype, found: other) }
        guard found.count == shape.count else { throw shapeMismatch(found) }
        var elements = 1
        for (extent, expected) in zip(found, shape) {
            let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
            guard extent > 0, expected == -1 || extent == expected, !overflow else { throw shapeMismatch(found) }
            elements = product
        }
        return elements
    }

    private func shapeMismatch(_ found: [Int]) -> InferenceError {
        .shapeMismatch(tensor: name, expected: shape, found: found)
    }
}
