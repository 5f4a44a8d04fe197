import Foundation
import Imaging

/// A line of `index.jsonl`: what became of a file.
package struct TensorEntry: Codable, Equatable, Sendable {
    package let source: String
    /// File beside the index.
    package var tensor: String?
    /// Middle of a volume's grid, LPS mm.
    package var center: [Double]?
    package var spacing_mm: Double?
    /// What the input looks like (`InputStatistics`).
    package var statistics: [String: Double]?
    /// Why there is no tensor.
    package var error: String?

    package init(source: String) {
        self.source = source
    }

    mutating func place(_ grid: Grid) {
        let center = grid.center
        self.center = [center.x, center.y, center.z]
        spacing_mm = grid.affine.spacing.x
    }
}

/// What the tensor of a file is called.
package enum TensorName {
    private static let extensions = ["dcm", "dicom", "png", "jpg", "jpeg", "nii", "gz"]

    /// The last part of a path without the extensions of image files; a UID keeps all its parts.
    package static func of(_ path: String) -> String {
        var url = URL(filePath: path)
        while extensions.contains(url.pathExtension.lowercased()) { url.deletePathExtension() }
        return url.lastPathComponent
    }

    /// - Throws: a usage error naming the first two files whose tensors would have one name.
    package static func ofAll(_ paths: [String]) throws(UsageError) -> [String] {
        var seen: [String: String] = [:]
        var names: [String] = []
        for path in paths {
            let name = of(path)
            if let other = seen.updateValue(path, forKey: name) {
                throw UsageError("\(other) and \(path) would both become \(name).npy")
            }
            names.append(name)
        }
        return names
    }
}
