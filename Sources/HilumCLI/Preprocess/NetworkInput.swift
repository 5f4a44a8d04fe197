import Foundation
package import Imaging
package import NeuralNetwork
package import Preprocessing

/// What a bundle's network sees of a file, made by the code of the services.
package enum NetworkInput: Sendable {
    case image(ImageInput)
    case volume(VolumeInput)

    /// - Throws: `NeuralNetworkError.manifestMalformed` naming the field.
    package init(_ input: ModelManifest.Input) throws(NeuralNetworkError) {
        self = input.size.count == 2 ? .image(try ImageInput(input)) : .volume(try VolumeInput(input))
    }

    /// One tensor without its batch axis.
    package struct Tensor: Sendable {
        /// `[C, H, W]` or `[1, D, H, W]`.
        package let shape: [Int]
        package let values: [Float]
        /// Of a volume: where its voxels lie.
        package let grid: Grid?
        package let statistics: InputStatistics
    }

    /// - Parameter path: an image file; or a NIfTI file, an enhanced DICOM image, or a folder with one DICOM series.
    /// - Throws: `Failure`, `ImagingError`, `VolumeError`, `UnseenInput`.
    package func tensor(of path: String) throws -> Tensor {
        switch self {
        case .image(let input):
            let decoded = try ImageDecoder.decode(InputFiles.read(path))
            guard decoded.frames == 1 else { throw UnseenInput.severalFrames(decoded.frames) }
            let image = try decoded.presented()
            return Tensor(
                shape: [input.normalisation.count, input.size, input.size], values: input.tensor(of: image), grid: nil,
                statistics: InputStatistics(image, bitsStored: decoded.bitsStored))
        case .volume(let input):
            let volume = try Self.volume(at: path)
            guard let tensor = VolumeTensor(volume, for: input) else { throw UnseenInput.blank }
            return Tensor(
                shape: [1, input.slices, input.rows, input.columns], values: tensor.values, grid: tensor.grid,
                statistics: InputStatistics(volume, tensor, for: input))
        }
    }

    private static func volume(at path: String) throws -> Volume {
        if InputFiles.isNIfTI(path) {
            return try Volume(nifti: InputFiles.read(path), limits: VolumeInput.sourceLimits)
        }
        let files = try InputFiles.find([path])
        return try Volume(dicom: files.map { try InputFiles.read($0) }, limits: VolumeInput.sourceLimits)
    }
}

/// Why a file that can be read gives no input of a network.
package enum UnseenInput: Error, Equatable, CustomStringConvertible {
    case severalFrames(Int)
    case blank

    package var description: String {
        switch self {
        case .severalFrames(let count): "\(count) frames, where one is expected"
        case .blank: "all voxels have the same value"
        }
    }
}
