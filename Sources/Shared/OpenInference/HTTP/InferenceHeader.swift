import Wire

/// The JSON of a request as it stands there, before the model is asked: it notes where the elements of a tensor begin
/// and leaves them in the text.
struct InferenceHeader {
    struct Input {
        var name = ""
        var datatype = ""
        var shape: [Int] = []
        /// Where `data` begins.
        var data: Int?
        /// Bytes of the tensor after the JSON.
        var binarySize: Int64?
    }

    struct Output {
        var name = ""
        /// nil: as the request says for all.
        var isBinary: Bool?
    }

    /// Axes of a tensor at most.
    static let mostAxes = 16

    private(set) var id = ""
    private(set) var inputs: [Input] = []
    private(set) var outputs: [Output] = []
    /// Whether outputs are binary that do not say so themselves.
    private(set) var isBinary = false
    private(set) var timeoutMicroseconds: Int64?
    /// A parameter of the request or its tensors that asks for what is not offered.
    private(set) var unsupportedParameter: String?

    /// Steps over the whole text.
    ///
    /// - Throws: `WireError.invalidJSON`, `.unexpectedJSON`, `.tooDeep`.
    init(_ text: inout JSONText) throws(WireError) {
        text.skipSpace()
        try text.object("request", depth: 0) { (text, name) throws(WireError) in try read(name, &text) }
        text.skipSpace()
        guard text.next == nil else { throw text.invalid("text after the request") }
    }

    private mutating func read(_ name: String, _ text: inout JSONText) throws(WireError) -> Bool {
        switch name {
        case "id": id = try text.string("id")
        case "parameters":
            try text.object("parameters", depth: 1) { (text, name) throws(WireError) in
                switch name {
                case "binary_data_output": isBinary = try text.boolean("parameters.binary_data_output")
                case "timeout": timeoutMicroseconds = try text.integer("parameters.timeout")
                default: return note(parameter: name)
                }
                return true
            }
        case "inputs":
            try text.array("inputs", limit: InferenceRequest.mostTensors, depth: 1) { (text) throws(WireError) in
                inputs.append(try input(&text))
            }
        case "outputs":
            try text.array("outputs", limit: InferenceRequest.mostTensors, depth: 1) { (text) throws(WireError) in
                outputs.append(try output(&text))
            }
        default: return false
        }
        return true
    }

    private mutating func input(_ text: inout JSONText) throws(WireError) -> Input {
        var input = Input()
        try text.object("inputs", depth: 2) { (text, name) throws(WireError) in
            switch name {
            case "name": input.name = try text.string("inputs.name")
            case "datatype": input.datatype = try text.string("inputs.datatype")
            case "shape":
                try text.array("inputs.shape", limit: Self.mostAxes, depth: 3) { (text) throws(WireError) in
                    input.shape.append(Int(try text.integer("inputs.shape")))
                }
            case "data":
                input.data = text.offset
                try text.skipValue(depth: 3)
            case "parameters":
                try text.object("inputs.parameters", depth: 3) { (text, name) throws(WireError) in
                    guard name == "binary_data_size" else { return note(parameter: name) }
                    input.binarySize = try text.integer("inputs.parameters.binary_data_size")
                    return true
                }
            default: return false
            }
            return true
        }
        return input
    }

    private mutating func output(_ text: inout JSONText) throws(WireError) -> Output {
        var output = Output()
        try text.object("outputs", depth: 2) { (text, name) throws(WireError) in
            switch name {
            case "name": output.name = try text.string("outputs.name")
            case "parameters":
                try text.object("outputs.parameters", depth: 3) { (text, name) throws(WireError) in
                    guard name == "binary_data" else { return note(parameter: name) }
                    output.isBinary = try text.boolean("outputs.parameters.binary_data")
                    return true
                }
            default: return false
            }
            return true
        }
        return output
    }

    /// - Returns: false: the parameter's value is stepped over.
    private mutating func note(parameter name: String) -> Bool {
        if UnsupportedParameters.contains(name) { unsupportedParameter = name }
        return false
    }
}
