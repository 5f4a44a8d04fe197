package import Foundation
package import OpenInference
import RPC
package import Wire

/// A network that takes one FP32 tensor and answers items of a batch one by one.
package struct HostedNetwork: Sendable {
    /// Runs the network on one item; blocks.
    ///
    /// - Returns: the item's bytes of every output, in order.
    package typealias Run = @Sendable (_ item: UnsafeBufferPointer<Float>) throws -> [Data]

    package let input: TensorDescription
    package let outputs: [TensorDescription]
    let run: Run

    package init(input: TensorDescription, outputs: [TensorDescription], run: @escaping Run) {
        precondition(input.datatype == .fp32)
        self.input = input
        self.outputs = outputs
        self.run = run
    }

    /// Runs the network on every item; stops between two once nobody waits.
    ///
    /// - Throws: `InferenceError.invalidElement` for an input that is not finite, what the network throws,
    ///   `CancellationError`.
    func infer(_ tensor: Tensor, waited: Duration, until flag: CancellationFlag) throws -> Inference {
        var times = Inference.Times()
        times.queue = waited
        var results = [Data](repeating: Data(), count: outputs.count)
        let clock = ContinuousClock()
        let start = clock.now
        try tensor.withFloats { floats in
            guard floats.allSatisfy(\.isFinite) else { throw InferenceError.invalidElement(tensor: tensor.name) }
            times.input = clock.now - start
            let size = floats.count / tensor.batch
            for index in 0..<tensor.batch {
                try flag.check()
                let began = clock.now
                let item = try run(UnsafeBufferPointer(rebasing: floats[index * size..<(index + 1) * size]))
                times.network += clock.now - began
                for (output, bytes) in item.enumerated() { results[output].append(bytes) }
            }
        }
        let tensors = try zip(outputs, results).map { output, bytes in
            try Tensor(output.name, output.datatype, shape: [tensor.batch] + output.itemShape, bytes: bytes)
        }
        times.output = clock.now - start - times.input - times.network
        return Inference(outputs: tensors, times: times)
    }
}

extension HostedModel {
    /// A bundle's network behind a service's queue, off the threads that serve connections.
    ///
    /// - Parameter batchSizes: counts the items of each request, by model.
    package init(
        _ reference: ModelRef, platform: String, _ network: HostedNetwork, maxBatch: Int, _ queue: AdmissionQueue,
        batchSizes: Histogram
    ) {
        self.init(
            name: reference.name, version: reference.version, platform: platform,
            intendedUse: reference.intendedUse, inputs: [network.input], outputs: network.outputs, maxBatch: maxBatch
        ) { inputs, context in
            let input = inputs[0]
            batchSizes.observe(Double(input.batch), reference.name)
            return try await queue.run(for: context) { waited in
                try await offload { flag in try network.infer(input, waited: waited, until: flag) }
            }
        }
    }
}

extension ModelCatalog {
    /// The models that answer, and of `infos` those that do not.
    package init(_ models: [HostedModel], infos: [ModelInfo]) {
        self.init(
            models: models,
            unavailable: infos.filter { !$0.ready }.map { info in
                UnavailableModel(
                    name: info.ref?.name ?? "", version: info.ref?.version ?? "", reason: info.reason)
            })
    }
}

extension Metrics {
    /// Items in one request on bare tensors, by model.
    package func batchSizes() -> Histogram {
        histogram(
            "hilum_inference_batch_items", help: "Items in a request of the Open Inference Protocol, by model.",
            labels: ["model"], bounds: [1, 2, 4, 8, 16, 32, 64])
    }
}
