import Foundation
import NeuralNetwork
import OpenInference
import Preprocessing
import ServiceKit

extension ClassifierModel {
    /// The bare network: normalised images in, logits and calibrated probabilities out, each column's finding beside.
    var hosted: HostedNetwork {
        let codes = Tensor.bytes(of: rules.map { Data($0.code.utf8) })
        return HostedNetwork(
            input: TensorDescription("image", .fp32, itemShape: [input.normalisation.count, input.size, input.size]),
            outputs: [
                TensorDescription("logits", .fp32, itemShape: [rules.count]),
                TensorDescription("probabilities", .fp32, itemShape: [rules.count]),
                TensorDescription("findings", .bytes, itemShape: [rules.count]),
            ]
        ) { [network, rules] image in
            let logits = try network.run(image).logits
            let probabilities = zip(rules, logits).map { $0.probability(logit: $1) }
            return [Data(memoryOf: logits), Data(memoryOf: probabilities), codes]
        }
    }
}
