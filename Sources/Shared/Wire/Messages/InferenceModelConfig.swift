// The messages of proto/inference/model_config.proto.

/// Type of a tensor's elements.
package enum DataType: WireEnum {
    /// None.
    case invalid
    /// True or false, one byte.
    case bool
    /// 8 bits, not negative.
    case uint8
    /// 16 bits, not negative.
    case uint16
    /// 32 bits, not negative.
    case uint32
    /// 64 bits, not negative.
    case uint64
    /// 8 bits.
    case int8
    /// 16 bits.
    case int16
    /// 32 bits.
    case int32
    /// 64 bits.
    case int64
    /// IEEE 754 binary16.
    case fp16
    /// IEEE 754 binary32.
    case fp32
    /// IEEE 754 binary64.
    case fp64
    /// BYTES: a string of any length.
    case string
    /// The upper half of a binary32.
    case bf16
    /// A value that this version does not know.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        self =
            switch rawValue {
            case 0: .invalid
            case 1: .bool
            case 2: .uint8
            case 3: .uint16
            case 4: .uint32
            case 5: .uint64
            case 6: .int8
            case 7: .int16
            case 8: .int32
            case 9: .int64
            case 10: .fp16
            case 11: .fp32
            case 12: .fp64
            case 13: .string
            case 14: .bf16
            default: .unrecognized(rawValue)
            }
    }

    package var rawValue: Int32 {
        switch self {
        case .invalid: 0
        case .bool: 1
        case .uint8: 2
        case .uint16: 3
        case .uint32: 4
        case .uint64: 5
        case .int8: 6
        case .int16: 7
        case .int32: 8
        case .int64: 9
        case .fp16: 10
        case .fp32: 11
        case .fp64: 12
        case .string: 13
        case .bf16: 14
        case .unrecognized(let value): value
        }
    }
}

/// A tensor that a model takes.
package struct ModelInput: Message {
    package static let fullName = "inference.ModelInput"

    /// Name of the tensor.
    package var name: String
    /// Type of its elements.
    package var dataType: DataType
    /// Extents without the batch; -1 where any is taken.
    package var dims: [Int64]

    /// A message with the given fields; the others have their defaults.
    package init(
        name: String = "", dataType: DataType = .invalid, dims: [Int64] = []
    ) {
        self.name = name
        self.dataType = dataType
        self.dims = dims
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
        try visitor.field(2, &dataType)
        try visitor.field(4, &dims)
    }
}

/// A tensor that a model gives.
package struct ModelOutput: Message {
    package static let fullName = "inference.ModelOutput"

    /// Name of the tensor.
    package var name: String
    /// Type of its elements.
    package var dataType: DataType
    /// Extents without the batch; -1 where they vary.
    package var dims: [Int64]

    /// A message with the given fields; the others have their defaults.
    package init(
        name: String = "", dataType: DataType = .invalid, dims: [Int64] = []
    ) {
        self.name = name
        self.dataType = dataType
        self.dims = dims
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
        try visitor.field(2, &dataType)
        try visitor.field(3, &dims)
    }
}

/// A model as Triton's clients see it.
package struct ModelConfig: Message {
    package static let fullName = "inference.ModelConfig"

    /// Name of the model.
    package var name: String
    /// Kind of network and engine.
    package var platform: String
    /// Largest first extent of a request's tensors.
    package var maxBatchSize: Int32
    /// Tensors of a request.
    package var input: [ModelInput]
    /// Tensors of an answer.
    package var output: [ModelOutput]
    /// The engine.
    package var backend: String

    /// A message with the given fields; the others have their defaults.
    package init(
        name: String = "", platform: String = "", maxBatchSize: Int32 = 0, input: [ModelInput] = [],
        output: [ModelOutput] = [], backend: String = ""
    ) {
        self.name = name
        self.platform = platform
        self.maxBatchSize = maxBatchSize
        self.input = input
        self.output = output
        self.backend = backend
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
        try visitor.field(2, &platform)
        try visitor.field(4, &maxBatchSize)
        try visitor.field(5, &input)
        try visitor.field(6, &output)
        try visitor.field(17, &backend)
    }
}

/// Names a model.
package struct ModelConfigRequest: Message {
    package static let fullName = "inference.ModelConfigRequest"

    /// Name of the model.
    package var name: String
    /// Its version; empty means the one that is served.
    package var version: String

    /// A message with the given fields; the others have their defaults.
    package init(
        name: String = "", version: String = ""
    ) {
        self.name = name
        self.version = version
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
        try visitor.field(2, &version)
    }
}

/// The configuration asked for.
package struct ModelConfigResponse: Message {
    package static let fullName = "inference.ModelConfigResponse"

    /// The configuration.
    package var config: ModelConfig?

    /// A message with the given fields; the others have their defaults.
    package init(
        config: ModelConfig? = nil
    ) {
        self.config = config
    }

    package init() {
        self.init(config: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &config)
    }
}
