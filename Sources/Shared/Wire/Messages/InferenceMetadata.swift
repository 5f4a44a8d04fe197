// Which models there are and what they take: messages of proto/inference/inference.proto.

/// Asks what the program is.
package struct ServerMetadataRequest: Message {
    package static let fullName = "inference.ServerMetadataRequest"

    package init() {}

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {}
}

/// What the program is.
package struct ServerMetadataResponse: Message {
    package static let fullName = "inference.ServerMetadataResponse"

    /// Name of the program, for example "classifier-service".
    package var name: String
    /// Version of the program.
    package var version: String
    /// Parts of the protocol beyond its core, for example "binary_tensor_data".
    package var extensions: [String]

    /// A message with the given fields; the others have their defaults.
    package init(
        name: String = "", version: String = "", extensions: [String] = []
    ) {
        self.name = name
        self.version = version
        self.extensions = extensions
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
        try visitor.field(2, &version)
        try visitor.field(3, &extensions)
    }
}

/// Names a model.
package struct ModelMetadataRequest: Message {
    package static let fullName = "inference.ModelMetadataRequest"

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

/// What a model takes and gives.
package struct ModelMetadataResponse: Message {
    package static let fullName = "inference.ModelMetadataResponse"

    /// A tensor as the model wants or gives it.
    package struct TensorMetadata: Message {
        package static let fullName = "inference.ModelMetadataResponse.TensorMetadata"

        /// Name of the tensor.
        package var name: String
        /// Type of its elements: BOOL, UINT8 … UINT64, INT8 … INT64, FP16, FP32, FP64, BF16 or BYTES.
        package var datatype: String
        /// Extents; -1 where any is taken.
        package var shape: [Int64]

        /// A message with the given fields; the others have their defaults.
        package init(
            name: String = "", datatype: String = "", shape: [Int64] = []
        ) {
            self.name = name
            self.datatype = datatype
            self.shape = shape
        }

        package init() {
            self.init(name: "")
        }

        package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
            try visitor.field(1, &name)
            try visitor.field(2, &datatype)
            try visitor.field(3, &shape)
        }
    }

    /// Name of the model.
    package var name: String
    /// Versions that are served.
    package var versions: [String]
    /// Kind of network and engine.
    package var platform: String
    /// Tensors of a request.
    package var inputs: [TensorMetadata]
    /// Tensors of an answer.
    package var outputs: [TensorMetadata]

    /// A message with the given fields; the others have their defaults.
    package init(
        name: String = "", versions: [String] = [], platform: String = "", inputs: [TensorMetadata] = [],
        outputs: [TensorMetadata] = []
    ) {
        self.name = name
        self.versions = versions
        self.platform = platform
        self.inputs = inputs
        self.outputs = outputs
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
        try visitor.field(2, &versions)
        try visitor.field(3, &platform)
        try visitor.field(4, &inputs)
        try visitor.field(5, &outputs)
    }
}

/// Asks for the models found.
package struct RepositoryIndexRequest: Message {
    package static let fullName = "inference.RepositoryIndexRequest"

    /// Not used: there is one repository.
    package var repositoryName: String
    /// Only models that answer.
    package var ready: Bool

    /// A message with the given fields; the others have their defaults.
    package init(
        repositoryName: String = "", ready: Bool = false
    ) {
        self.repositoryName = repositoryName
        self.ready = ready
    }

    package init() {
        self.init(repositoryName: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &repositoryName)
        try visitor.field(2, &ready)
    }
}

/// The models found.
package struct RepositoryIndexResponse: Message {
    package static let fullName = "inference.RepositoryIndexResponse"

    /// One version of a model.
    package struct ModelIndex: Message {
        package static let fullName = "inference.RepositoryIndexResponse.ModelIndex"

        /// Name of the model.
        package var name: String
        /// The version.
        package var version: String
        /// "READY" or "UNAVAILABLE".
        package var state: String
        /// Why it is unavailable.
        package var reason: String

        /// A message with the given fields; the others have their defaults.
        package init(
            name: String = "", version: String = "", state: String = "", reason: String = ""
        ) {
            self.name = name
            self.version = version
            self.state = state
            self.reason = reason
        }

        package init() {
            self.init(name: "")
        }

        package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
            try visitor.field(1, &name)
            try visitor.field(2, &version)
            try visitor.field(3, &state)
            try visitor.field(4, &reason)
        }
    }

    /// By name, then version.
    package var models: [ModelIndex]

    /// A message with the given fields; the others have their defaults.
    package init(
        models: [ModelIndex] = []
    ) {
        self.models = models
    }

    package init() {
        self.init(models: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &models)
    }
}
