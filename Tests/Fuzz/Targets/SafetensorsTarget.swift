import Foundation
import NeuralNetwork

/// Weights from a file's bytes to every tensor in it.
enum SafetensorsTarget {
    static func run(_ data: Data) {
        guard let file = try? Safetensors(data: Data(data)) else { return }
        for (name, entry) in file.entries {
            do {
                let elements = try file.tensor(named: name, shape: entry.shape)
                require(elements.count == entry.shape.reduce(1, *), "a tensor has as many elements as its shape says")
            } catch .tensorOfUnsupportedType {
                continue
            } catch {
                fatalError("broken: a tensor that was checked can be read: \(error)")
            }
        }
    }
}
