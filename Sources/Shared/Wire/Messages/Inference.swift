package import Foundation

// Inference on tensors: messages of proto/inference/inference.proto.

/// One value of a parameter.
package struct InferParameter: Message {
    package static let fullName = "inference.InferParameter"

    /// The value by its type.
    package enum Choice: Sendable, Equatable {
        /// True or false.
        case bool(Bool)
        /// An integer.
        case int64(Int64)
        /// Text.
        case string(String)
        /// A number.
        case double(Double)
        /// An integer that is not negative.
        case uint64(UInt64)
    }

    /// The value; `nil` when none is set.
    package var choice: Choice?

    package init(_ choice: Choice?) {
        self.choice = choice
    }

    package init() {
        self.init(nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        var (bool, int64, string, double, uint64) = members
        try visitor.field(1, &bool)
        try visitor.field(2, &int64)
        try visitor.field(3, &string)
        try visitor.field(4, &double)
        try visitor.field(5, &uint64)
        choice =
            bool.map(Choice.bool) ?? int64.map(Choice.int64) ?? string.map(Choice.string)
            ?? double.map(Choice.double) ?? uint64.map(Choice.uint64)
    }

    /// Each member of the oneof; all but the one that is set are `nil`.
    private var members: (Bool?, Int64?, String?, Double?, UInt64?) {
        switch choice {
        case .bool(let value): (value, nil, nil, nil, nil)
        case .int64(let value): (nil, value, nil, nil, nil)
        case .string(let value): (nil, nil, value, nil, nil)
        case .double(let value): (nil, nil, nil, value, nil)
        case .uint64(let value): (nil, nil, nil, nil, value)
        case nil: (nil, nil, nil, nil, nil)
        }
    }
}

/// Elements of a tensor, row-major, in the one list that fits its type; FP16 and BF16 travel as raw bytes only.
package struct InferTensorContents: Message {
    package static let fullName = "inference.InferTensorContents"

    /// BOOL.
    package var boolContents: [Bool]
    /// INT8, INT16, INT32.
    package var intContents: [Int32]
    /// INT64.
    package var int64Contents: [Int64]
    /// UINT8, UINT16, UINT32.
    package var uintContents: [UInt32]
    /// UINT64.
    package var uint64Contents: [UInt64]
    /// FP32.
    package var fp32Contents: [Float]
    /// FP64.
    package var fp64Contents: [Double]
    /// BYTES.
    package var bytesContents: [Data]

    /// A message with the given fields; the others have their defaults.
    package init(
        boolContents: [Bool] = [], intContents: [Int32] = [], int64Contents: [Int64] = [], uintContents: [UInt32] = [],
        uint64Contents: [UInt64] = [], fp32Contents: [Float] = [], fp64Contents: [Double] = [],
        bytesContents: [Data] = []
    ) {
        self.boolContents = boolContents
        self.intContents = intContents
        self.int64Contents = int64Contents
        self.uintContents = uintContents
        self.uint64Contents = uint64Contents
        self.fp32Contents = fp32Contents
        self.fp64Contents = fp64Contents
        self.bytesContents = bytesContents
    }

    package init() {
        self.init(boolContents: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &boolContents)
        try visitor.field(2, &intContents)
        try visitor.field(3, &int64Contents)
        try visitor.field(4, &uintContents)
        try visitor.field(5, &uint64Contents)
        try visitor.field(6, &fp32Contents)
        try visitor.field(7, &fp64Contents)
        try visitor.field(8, &bytesContents)
    }
}

/// Tensors for a model.
package struct ModelInferRequest: Message {
    package static let fullName = "inference.ModelInferRequest"

    /// One tensor of the request.
    package struct InferInputTensor: Message {
        package static let fullName = "inference.ModelInferRequest.InferInputTensor"

        /// Name as in the model's metadata.
        package var name: String
        /// Type of its elements.
        package var datatype: String
        /// Extents.
        package var shape: [Int64]
        /// Not used.
        package var parameters: [String: InferParameter]
        /// Its elements, unless raw_input_contents holds them.
        package var contents: InferTensorContents?

        /// A message with the given fields; the others have their defaults.
        package init(
            name: String = "", datatype: String = "", shape: [Int64] = [], parameters: [String: InferParameter] = [:],
            contents: InferTensorContents? = nil
        ) {
            self.name = name
            self.datatype = datatype
            self.shape = shape
            self.parameters = parameters
            self.contents = contents
        }

        package init() {
            self.init(name: "")
        }

        package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
            try visitor.field(1, &name)
            try visitor.field(2, &datatype)
            try visitor.field(3, &shape)
            try visitor.field(4, &parameters)
            try visitor.field(5, &contents)
        }
    }

    /// One tensor wanted back.
    package struct InferRequestedOutputTensor: Message {
        package static let fullName = "inference.ModelInferRequest.InferRequestedOutputTensor"

        /// Name as in the model's metadata.
        package var name: String
        /// Not used.
        package var parameters: [String: InferParameter]

        /// A message with the given fields; the others have their defaults.
        package init(
            name: String = "", parameters: [String: InferParameter] = [:]
        ) {
            self.name = name
            self.parameters = parameters
        }

        package init() {
            self.init(name: "")
        }

        package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
            try visitor.field(1, &name)
            try visitor.field(2, &parameters)
        }
    }

    /// Name of the model.
    package var modelName: String
    /// Its version; empty means the one that is served.
    package var modelVersion: String
    /// Comes back with the answer.
    package var id: String
    /// "timeout": microseconds the caller waits at most.
    package var parameters: [String: InferParameter]
    /// Tensors in.
    package var inputs: [InferInputTensor]
    /// Tensors wanted back; none means all.
    package var outputs: [InferRequestedOutputTensor]
    /// Elements of every input in order, row-major and little-endian; each of BYTES after its 32-bit length.
    package var rawInputContents: [Data]

    /// A message with the given fields; the others have their defaults.
    package init(
        modelName: String = "", modelVersion: String = "", id: String = "", parameters: [String: InferParameter] = [:],
        inputs: [InferInputTensor] = [], outputs: [InferRequestedOutputTensor] = [], rawInputContents: [Data] = []
    ) {
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.id = id
        self.parameters = parameters
        self.inputs = inputs
        self.outputs = outputs
        self.rawInputContents = rawInputContents
    }

    package init() {
        self.init(modelName: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &modelName)
        try visitor.field(2, &modelVersion)
        try visitor.field(3, &id)
        try visitor.field(4, &parameters)
        try visitor.field(5, &inputs)
        try visitor.field(6, &outputs)
        try visitor.field(7, &rawInputContents)
    }
}

/// What the model made of the tensors.
package struct ModelInferResponse: Message {
    package static let fullName = "inference.ModelInferResponse"

    /// One tensor of the answer.
    package struct InferOutputTensor: Message {
        package static let fullName = "inference.ModelInferResponse.InferOutputTensor"

        /// Name as in the model's metadata.
        package var name: String
        /// Type of its elements.
        package var datatype: String
        /// Extents.
        package var shape: [Int64]
        /// Not used.
        package var parameters: [String: InferParameter]
        /// Its elements, unless raw_output_contents holds them.
        package var contents: InferTensorContents?

        /// A message with the given fields; the others have their defaults.
        package init(
            name: String = "", datatype: String = "", shape: [Int64] = [], parameters: [String: InferParameter] = [:],
            contents: InferTensorContents? = nil
        ) {
            self.name = name
            self.datatype = datatype
            self.shape = shape
            self.parameters = parameters
            self.contents = contents
        }

        package init() {
            self.init(name: "")
        }

        package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
            try visitor.field(1, &name)
            try visitor.field(2, &datatype)
            try visitor.field(3, &shape)
            try visitor.field(4, &parameters)
            try visitor.field(5, &contents)
        }
    }

    /// Name of the model.
    package var modelName: String
    /// Version that answered.
    package var modelVersion: String
    /// From the request.
    package var id: String
    /// "intended_use": what the model may be used for.
    package var parameters: [String: InferParameter]
    /// Tensors out.
    package var outputs: [InferOutputTensor]
    /// Elements of every output in order, as in raw_input_contents, where the request came that way.
    package var rawOutputContents: [Data]

    /// A message with the given fields; the others have their defaults.
    package init(
        modelName: String = "", modelVersion: String = "", id: String = "", parameters: [String: InferParameter] = [:],
        outputs: [InferOutputTensor] = [], rawOutputContents: [Data] = []
    ) {
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.id = id
        self.parameters = parameters
        self.outputs = outputs
        self.rawOutputContents = rawOutputContents
    }

    package init() {
        self.init(modelName: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &modelName)
        try visitor.field(2, &modelVersion)
        try visitor.field(3, &id)
        try visitor.field(4, &parameters)
        try visitor.field(5, &outputs)
        try visitor.field(6, &rawOutputContents)
    }
}
