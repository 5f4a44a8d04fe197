/// What can go wrong in this module. Files are named by their last path component only.
package enum NeuralNetworkError: Error, Equatable, Sendable {
    // Files
    case fileUnreadable(file: String, code: Int32)
    case fileTooLarge(file: String, limit: Int, found: Int)
    case weightsMalformed(SafetensorsDefect)
    case manifestMalformed(field: String, reason: String)
    case checksumMismatch(file: String, expected: String, found: String)
    // Weights against architecture
    case tensorMissing(name: String)
    case tensorMisshapen(name: String, expected: [Int], found: [Int])
    case tensorOfUnsupportedType(name: String, type: String)
    case configurationInvalid(field: String, found: String, allowed: String)
    // Running
    case inputCountWrong(expected: Int, found: Int)
    case inputExtentNotDivisible(axis: String, extent: Int, by: Int)
    case inputTooLarge(elements: Int, limit: Int)
    case goldenOutputDiffers(index: Int, expected: Float, found: Float, tolerance: Double)
    // Machine
    case threadsUnavailable(count: Int)
    case tierUnavailable(name: String)
    case precisionUnavailable(name: String)
}

/// How a safetensors file breaks its format (https://huggingface.co/docs/safetensors).
package enum SafetensorsDefect: Error, Equatable, Sendable {
    case tooShort(bytes: Int)
    case headerTooLong(bytes: UInt64, limit: Int)
    case headerOutsideFile(bytes: UInt64, file: Int)
    case headerNotJSON
    case tooManyTensors(found: Int, limit: Int)
    case entryMalformed(name: String)
    case shapeInvalid(name: String)
    case offsetsOutsideFile(name: String)
    case sizeDiffersFromShape(name: String, expected: Int, found: Int)
    case tensorsOverlap(first: String, second: String)
}
