// The messages of proto/inference/statistics.proto.

/// Names a model, or none for all.
package struct ModelStatisticsRequest: Message {
    package static let fullName = "inference.ModelStatisticsRequest"

    /// Name of the model; empty means every model.
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

/// Statistics of the models asked for.
package struct ModelStatisticsResponse: Message {
    package static let fullName = "inference.ModelStatisticsResponse"

    /// One entry a model.
    package var modelStats: [ModelStatistics]

    /// A message with the given fields; the others have their defaults.
    package init(
        modelStats: [ModelStatistics] = []
    ) {
        self.modelStats = modelStats
    }

    package init() {
        self.init(modelStats: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &modelStats)
    }
}

/// How often something happened, and how long it took in all.
package struct StatisticDuration: Message {
    package static let fullName = "inference.StatisticDuration"

    /// Times it happened.
    package var count: UInt64
    /// Time it took, added up, in nanoseconds.
    package var ns: UInt64

    /// A message with the given fields; the others have their defaults.
    package init(
        count: UInt64 = 0, ns: UInt64 = 0
    ) {
        self.count = count
        self.ns = ns
    }

    package init() {
        self.init(count: 0)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &count)
        try visitor.field(2, &ns)
    }
}

/// Where the requests of one model spent their time.
package struct InferStatistics: Message {
    package static let fullName = "inference.InferStatistics"

    /// Requests that were answered, from their arrival to their answer.
    package var success: StatisticDuration?
    /// Requests that were refused or failed.
    package var fail: StatisticDuration?
    /// Waiting for a place.
    package var queue: StatisticDuration?
    /// Making the network's input ready.
    package var computeInput: StatisticDuration?
    /// Running the network.
    package var computeInfer: StatisticDuration?
    /// Making the answer's tensors.
    package var computeOutput: StatisticDuration?
    /// Always zero: there is no cache.
    package var cacheHit: StatisticDuration?
    /// Always zero: there is no cache.
    package var cacheMiss: StatisticDuration?

    /// A message with the given fields; the others have their defaults.
    package init(
        success: StatisticDuration? = nil, fail: StatisticDuration? = nil, queue: StatisticDuration? = nil,
        computeInput: StatisticDuration? = nil, computeInfer: StatisticDuration? = nil,
        computeOutput: StatisticDuration? = nil, cacheHit: StatisticDuration? = nil, cacheMiss: StatisticDuration? = nil
    ) {
        self.success = success
        self.fail = fail
        self.queue = queue
        self.computeInput = computeInput
        self.computeInfer = computeInfer
        self.computeOutput = computeOutput
        self.cacheHit = cacheHit
        self.cacheMiss = cacheMiss
    }

    package init() {
        self.init(success: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &success)
        try visitor.field(2, &fail)
        try visitor.field(3, &queue)
        try visitor.field(4, &computeInput)
        try visitor.field(5, &computeInfer)
        try visitor.field(6, &computeOutput)
        try visitor.field(7, &cacheHit)
        try visitor.field(8, &cacheMiss)
    }
}

/// The same for requests of one batch size.
package struct InferBatchStatistics: Message {
    package static let fullName = "inference.InferBatchStatistics"

    /// First extent of the requests' tensors.
    package var batchSize: UInt64
    /// Making the network's input ready.
    package var computeInput: StatisticDuration?
    /// Running the network.
    package var computeInfer: StatisticDuration?
    /// Making the answer's tensors.
    package var computeOutput: StatisticDuration?

    /// A message with the given fields; the others have their defaults.
    package init(
        batchSize: UInt64 = 0, computeInput: StatisticDuration? = nil, computeInfer: StatisticDuration? = nil,
        computeOutput: StatisticDuration? = nil
    ) {
        self.batchSize = batchSize
        self.computeInput = computeInput
        self.computeInfer = computeInfer
        self.computeOutput = computeOutput
    }

    package init() {
        self.init(batchSize: 0)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &batchSize)
        try visitor.field(2, &computeInput)
        try visitor.field(3, &computeInfer)
        try visitor.field(4, &computeOutput)
    }
}

/// One model.
package struct ModelStatistics: Message {
    package static let fullName = "inference.ModelStatistics"

    /// Name of the model.
    package var name: String
    /// Its version.
    package var version: String
    /// When its last request came: milliseconds since 1970-01-01T00:00Z; 0 for never.
    package var lastInference: UInt64
    /// Inferences answered: a batch of N counts N.
    package var inferenceCount: UInt64
    /// Batches run: a batch of N counts 1.
    package var executionCount: UInt64
    /// Where time was spent.
    package var inferenceStats: InferStatistics?
    /// By batch size, ascending.
    package var batchStats: [InferBatchStatistics]

    /// A message with the given fields; the others have their defaults.
    package init(
        name: String = "", version: String = "", lastInference: UInt64 = 0, inferenceCount: UInt64 = 0,
        executionCount: UInt64 = 0, inferenceStats: InferStatistics? = nil, batchStats: [InferBatchStatistics] = []
    ) {
        self.name = name
        self.version = version
        self.lastInference = lastInference
        self.inferenceCount = inferenceCount
        self.executionCount = executionCount
        self.inferenceStats = inferenceStats
        self.batchStats = batchStats
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
        try visitor.field(2, &version)
        try visitor.field(3, &lastInference)
        try visitor.field(4, &inferenceCount)
        try visitor.field(5, &executionCount)
        try visitor.field(6, &inferenceStats)
        try visitor.field(7, &batchStats)
    }
}
