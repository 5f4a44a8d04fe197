import Foundation
import Imaging
import NeuralNetwork
import Preprocessing
import Testing

struct PreprocessingTests {
    /// The part `input` of a bundle's manifest.
    private static func input(_ json: String) throws -> ModelManifest.Input {
        try JSONDecoder().decode(ModelManifest.Input.self, from: Data(json.utf8))
    }

    private static let unit = #""intensity": {"scale": "unit", "mean": [0.5, 0.25], "std": [0.25, 0.5]}"#
    private static let percentiles =
        #""intensity": {"scale": "percentile", "low": 10, "high": 90, "mean": [0.5], "std": [0.25]}"#

    @Test func everyChannelOfAnImageIsThePaddedSquareWithItsOwnMeanAndDeviation() throws {
        let field = ImageRegion(rows: 0..<2, columns: 0..<4)
        let image = PresentedImage(
            rows: 2, columns: 4, pixels: [Float](repeating: 1, count: 8), field: field, appliedSteps: [])
        let tensor = try ImageInput(Self.input(#"{"size": [4, 4], \#(Self.unit)}"#)).tensor(of: image)
        let padded: [Float] = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]
        #expect(tensor == padded.map { ($0 - 0.5) / 0.25 } + padded.map { ($0 - 0.25) / 0.5 })
    }

    @Test func anImagesInputIsSquareAndAlreadyZeroToOne() {
        #expect(throws: NeuralNetworkError.manifestMalformed(field: "input.size", reason: "not a square")) {
            try ImageInput(Self.input(#"{"size": [4, 5], \#(Self.unit)}"#))
        }
        #expect(
            throws: NeuralNetworkError.manifestMalformed(
                field: "input.intensity.scale", reason: "an image is already 0…1")
        ) { try ImageInput(Self.input(#"{"size": [4, 4], \#(Self.percentiles)}"#)) }
    }

    @Test func percentilesOfTheVoxelsInsideBecomeZeroAndOneAndOutsideIsZero() throws {
        let ramp = (0..<4 * 4 * 4).map { Float($0 % 4) }  // rises by 1 a column
        let volume = Volume(
            grid: .isotropic(columns: 4, rows: 4, slices: 4, spacingMillimetres: 10, center: .zero), voxels: ramp)
        let input = try VolumeInput(Self.input(#"{"size": [4, 4, 6], "spacing_mm": 10, \#(Self.percentiles)}"#))
        let tensor = try #require(VolumeTensor(volume, for: input))
        #expect(tensor.grid.columns == 6)
        #expect(tensor.inside.filter(\.self).count == 64)
        // A quarter of the voxels has each of 0, 1, 2, 3: the percentiles 10 and 90 are 0 and 3.
        let row: [Float] = [0, 0, 1.0 / 3, 2.0 / 3, 1, 0].map { ($0 - 0.5) / 0.25 }
        for (found, expected) in zip(tensor.values.prefix(6), row) { #expect(abs(found - expected) < 1e-5) }
    }

    @Test func aBlankVolumeHasNoTensor() throws {
        let volume = Volume(
            grid: .isotropic(columns: 4, rows: 4, slices: 4, spacingMillimetres: 10, center: .zero),
            voxels: [Float](repeating: 7, count: 64))
        #expect(VolumeTensor(volume, for: VolumeInput(columns: 4, rows: 4, slices: 4, spacingMillimetres: 10)) == nil)
    }

    @Test func statisticsOfAnImageAreThoseOfItsExposedField() throws {
        let field = ImageRegion(rows: 0..<2, columns: 0..<2)
        let pixels: [Float] = [0, 1, 9, 9, 1, 0, 9, 9]
        let image = PresentedImage(rows: 2, columns: 4, pixels: pixels, field: field, appliedSteps: [])
        let statistics = InputStatistics(image, bitsStored: 12)
        #expect(statistics.values["mean"] == 0.5 && statistics.values["deviation"] == 0.5)
        #expect(statistics.values["field"] == 0.5 && statistics.values["bits_stored"] == 12)
        #expect(statistics.outside(["mean": [0.6, 1], "deviation": [0, 1], "unknown": [0, 0]]) == ["mean"])
    }

    @Test func statisticsOfAVolumeAreThoseOfItsVoxelsAsTheNetworkSeesThem() throws {
        let ramp = (0..<4 * 4 * 4).map { Float($0 % 4) }
        let volume = Volume(
            grid: .isotropic(columns: 4, rows: 4, slices: 4, spacingMillimetres: 10, center: .zero), voxels: ramp)
        let input = try VolumeInput(Self.input(#"{"size": [4, 4, 6], "spacing_mm": 10, \#(Self.percentiles)}"#))
        let statistics = InputStatistics(volume, try #require(VolumeTensor(volume, for: input)), for: input)
        #expect(abs(try #require(statistics.values["mean"]) - 0.5) < 1e-6)
        #expect(statistics.values["inside"] == 64.0 / 96)
        #expect(statistics.values["spacing_least"] == 10 && statistics.values["extent_least"] == 40)
    }
}
