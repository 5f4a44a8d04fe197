/// Sums over the rows and over the columns of a matrix, row by row in memory, on vectors.
package enum MatrixSums {
    /// `[rows, columns]` · `[columns]`: the scalar product of each row with a vector, which must not be empty.
    package static func products(of matrix: [Float], with vector: [Float]) -> [Float] {
        precondition(!vector.isEmpty && matrix.count.isMultiple(of: vector.count))
        let rows = matrix.count / vector.count
        return [Float](unsafeUninitializedCapacity: rows) { sums, count in
            guard let out = sums.baseAddress else { return }
            PixelKernels.matrixVector(matrix, vector, rows, vector.count, out)
            count = rows
        }
    }

    /// `[rows]` · `[rows, columns]`: the sum of all rows, each with its weight; there must be one.
    package static func weightedRows(of matrix: ArraySlice<Float>, weights: [Float]) -> [Float] {
        precondition(!weights.isEmpty && matrix.count.isMultiple(of: weights.count))
        let columns = matrix.count / weights.count
        return matrix.withUnsafeBufferPointer { matrix in
            [Float](unsafeUninitializedCapacity: columns) { sums, count in
                guard let first = matrix.baseAddress, let out = sums.baseAddress else { return }
                PixelKernels.weightedRows(
                    weights.indices.map { first + $0 * columns }, weights, weights.count, out, columns)
                count = columns
            }
        }
    }
}
