import Foundation
import OpenInference
import Preprocessing
import ServiceKit

extension PlanningModel {
    /// The bare network: normalised volumes on the bundle's grid in, signed distances in mm out, each map's view
    /// beside. Other extents than the bundle's were never validated, so they are not taken.
    var hosted: HostedNetwork {
        let extents = [input.slices, input.rows, input.columns]
        let views = Tensor.bytes(of: outputs.map { Data($0.view.rawValue.utf8) })
        return HostedNetwork(
            input: TensorDescription("volume", .fp32, itemShape: [1] + extents),
            outputs: [
                TensorDescription("distance_maps", .fp32, itemShape: [outputs.count] + extents),
                TensorDescription("views", .bytes, itemShape: [outputs.count]),
            ]
        ) { [network, input, outputs] volume in
            var maps = try network.distances(
                volume, depth: input.slices, height: input.rows, width: input.columns)
            guard maps.count == volume.count * outputs.count else {
                throw PlanningError.unexpectedOutput(expected: volume.count * outputs.count, found: maps.count)
            }
            for (channel, output) in outputs.enumerated() {
                let scale = Float(output.scaleMillimetres)
                for index in channel * volume.count..<(channel + 1) * volume.count { maps[index] *= scale }
            }
            return [Data(memoryOf: maps), views]
        }
    }
}
