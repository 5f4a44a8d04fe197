package import RPC

/// A network that answers requests with tensors.
package struct HostedModel: Sendable {
    /// Runs the model on its inputs, in the order of their descriptions and checked against them.
    package typealias Run = @Sendable (_ inputs: [Tensor], CallContext) async throws -> Inference

    package let name: String
    package let version: String
    /// Kind of network and engine, for example `hilum_efficientnet`.
    package let platform: String
    /// What the model may be used for; goes with every answer.
    package let intendedUse: String
    package let inputs: [TensorDescription]
    package let outputs: [TensorDescription]
    /// Largest first extent of a request's tensors.
    package let maxBatch: Int
    /// What the model has done since it was made.
    package let statistics = InferenceStatistics()
    let run: Run

    package init(
        name: String, version: String, platform: String, intendedUse: String, inputs: [TensorDescription],
        outputs: [TensorDescription], maxBatch: Int, run: @escaping Run
    ) {
        self.name = name
        self.version = version
        self.platform = platform
        self.intendedUse = intendedUse
        self.inputs = inputs
        self.outputs = outputs
        self.maxBatch = maxBatch
        self.run = run
    }
}

/// What a model made of its inputs.
package struct Inference: Sendable {
    /// Where the time went.
    package struct Times: Sendable, Equatable {
        /// Waiting for a place.
        package var queue = Duration.zero
        /// Making the network's input ready.
        package var input = Duration.zero
        /// Running the network.
        package var network = Duration.zero
        /// Making the answer's tensors.
        package var output = Duration.zero

        package init() {}
    }

    /// In the order of the model's descriptions.
    package let outputs: [Tensor]
    package let times: Times

    package init(outputs: [Tensor], times: Times) {
        self.outputs = outputs
        self.times = times
    }
}

/// A bundle that was found but does not answer.
package struct UnavailableModel: Sendable, Equatable {
    package let name: String
    package let version: String
    package let reason: String

    package init(name: String, version: String, reason: String) {
        self.name = name
        self.version = version
        self.reason = reason
    }
}
