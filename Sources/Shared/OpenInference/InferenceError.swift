/// Why a request of the Open Inference Protocol has no answer. Names in it are the models' own, never the caller's.
package enum InferenceError: Error, Equatable, Sendable {
    // The model
    /// No model has the name and version asked for; those that there are.
    case unknownModel(known: [String])
    /// The model was found but does not work; the reason is for operators.
    case modelNotReady(reason: String)
    // The request's tensors
    /// No tensor of the model has such a name; those that it has.
    case unknownTensor(known: [String])
    /// An input or an output is named twice.
    case repeatedTensor(name: String)
    /// An input of the model is missing.
    case missingInput(name: String)
    case unknownDatatype(tensor: String)
    case datatypeMismatch(tensor: String, expected: Datatype, found: Datatype)
    /// Extents that the model does not take, -1 in `expected` for any positive one.
    case shapeMismatch(tensor: String, expected: [Int], found: [Int])
    /// The inputs have different first extents.
    case unequalBatches
    case batchTooLarge(found: Int, limit: Int)
    // Their elements
    /// An input comes with no elements, or in two forms.
    case noElements(tensor: String)
    case wrongByteCount(tensor: String, expected: Int, found: Int)
    /// The bytes of a BYTES tensor are not as many whole elements.
    case wrongStringCount(tensor: String, expected: Int)
    /// A list of elements is not the one list of the datatype, or not as long as the shape says.
    case wrongContents(tensor: String, expected: String)
    /// An element is out of its datatype's range, infinite or no number.
    case invalidElement(tensor: String)
    /// The datatype travels as raw bytes only.
    case rawOnly(tensor: String)
    /// The raw contents of a gRPC request are not one for each input, or stand beside other contents.
    case wrongRawContents(inputs: Int, found: Int)
    // The message
    /// `Inference-Header-Content-Length` is no number, or larger than the body.
    case wrongHeaderLength(body: Int)
    /// The bytes after the JSON are not those that `binary_data_size` says.
    case wrongBinarySize(expected: Int, found: Int)
    /// `Content-Encoding` names a form that is not read.
    case unknownContentEncoding
    /// The body is not in the form that `Content-Encoding` says.
    case malformedContentEncoding
    /// More inputs, outputs, … than a request may have.
    case tooMany(field: String, limit: Int)
    /// The request's identifier is too long.
    case identifierTooLong(limit: Int)
    /// A parameter asks for something that is not offered.
    case unsupportedParameter(name: String)
    /// A parameter is of a type or value that it cannot have.
    case invalidParameter(name: String, expected: String)
    // The answer
    /// JSON has no form for an element of the answer.
    case notInJSON(tensor: String)
}
