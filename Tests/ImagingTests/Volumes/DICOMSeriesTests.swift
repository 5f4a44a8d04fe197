import Foundation
import Imaging
import Testing

struct DICOMSeriesTests {
    private static func error(_ instances: [Data], limits: VolumeLimits = VolumeLimits()) -> ImagingError? {
        do throws(ImagingError) { _ = try Volume(dicom: instances, limits: limits) } catch { return error }
        return nil
    }

    private static let heights = [0.0, 8, 16, 24, 32, 40]

    @Test(arguments: UInt64(1)...10)
    func `images in any order become one volume with its pixels in place`(seed: UInt64) throws {
        var random = Seeded(seed)
        let images = try SyntheticSeries().images(at: Self.heights).shuffled(using: &random)
        let volume = try Volume(dicom: images)
        #expect((volume.columns, volume.rows, volume.slices) == (10, 8, 6))
        #expect(
            volume.affine
                == Affine(
                    columnStep: Vector3D(1.5, 0, 0), rowStep: Vector3D(0, 2, 0), sliceStep: Vector3D(0, 0, 8),
                    origin: Vector3D(-5, 7, 0)))
        for slice in 0..<6 {
            #expect(volume.voxels[slice * 80 + 23] == Float(1000 * slice + 23), "seed \(seed)")
        }
        #expect(volume.frameOfReferenceUID == "1.2.4")
    }

    @Test func `what is wrong with a series is named`() throws {
        let base = SyntheticSeries()
        let images = try base.images(at: Self.heights)
        #expect(Self.error([]) == .volume(.noInstances))
        #expect(Self.error([Data("no DICOM".utf8)]) != nil)
        #expect(Self.error([images[0]]) == .volume(.tooFewSlices(found: 1, required: 2)))
        var limits = VolumeLimits()
        limits.minSlices = 7
        #expect(Self.error(images, limits: limits) == .volume(.tooFewSlices(found: 6, required: 7)))
        limits = VolumeLimits()
        limits.maxVoxels = 100
        #expect(Self.error(images, limits: limits) == .volume(.tooManyVoxels(found: 101, limit: 100)))

        func and(_ change: (inout SyntheticSeries) -> Void) throws -> ImagingError? {
            var other = base
            change(&other)
            return Self.error(images + [try other.image(at: [-5, 7, 48])])
        }
        #expect(try and { $0.modality = "CT" } == .volume(.mixedModality(found: 2)))
        #expect(try and { $0.series = "1.9" } == .volume(.mixedSeries(found: 2)))
        #expect(try and { $0.frameOfReference = "1.9" } == .volume(.mixedFrameOfReference(found: 2)))
        #expect(try and { $0.orientation = [0, 1, 0, 0, 0, -1] } == .volume(.mixedOrientation(degrees: 90)))
        #expect(try and { $0.pixelSpacing = [2, 1.6] } == .volume(.mixedPixelSpacing(expected: 1.5, found: 1.6)))
        #expect(
            try and { $0.rows = 9 }
                == .volume(.mixedSize(expectedRows: 8, expectedColumns: 10, foundRows: 9, foundColumns: 10)))
        #expect(try and { _ in } == nil)
        #expect(Self.error(images + [images[2]]) == .volume(.duplicatePosition(images: 1, slice: 2)))
        #expect(
            Self.error(images.filter { $0 != images[3] })
                == .volume(.missingSlices(missing: 1, expected: 8, found: 16, afterSlice: 2)))
        #expect(
            try Self.error(base.images(at: [0, 8, 16, 27, 35, 43]))
                == .volume(.unevenSpacing(expected: 8, found: 11, afterSlice: 2)))
    }

    @Test(arguments: [
        Imaging.Tag.imagePositionPatient, .imageOrientationPatient, .pixelSpacing, .frameOfReferenceUID,
        .seriesInstanceUID,
    ])
    func `an absent attribute is named`(tag: Imaging.Tag) throws {
        let series = SyntheticSeries()
        let broken = try series.image(at: [-5, 7, 48]) { $0.remove(tag) }
        let images = try series.images(at: Self.heights) + [broken]
        #expect(Self.error(images) == .volume(.missingAttribute(keyword: tag.keyword, frame: nil)))
    }

    @Test func `values that cannot be are named`() throws {
        func error(_ tag: Imaging.Tag, _ numbers: [Double]) throws -> ImagingError? {
            let series = SyntheticSeries()
            let broken = try series.image(at: [-5, 7, 48]) { try $0.set(tag, numbers: numbers) }
            return Self.error(try series.images(at: Self.heights) + [broken])
        }
        #expect(try error(.imagePositionPatient, [1, 2]) == .volume(.invalidValue(keyword: "ImagePositionPatient")))
        #expect(
            try error(.imageOrientationPatient, [1, 0, 0, 1, 0, 0])
                == .volume(.invalidValue(keyword: "ImageOrientationPatient")))
        #expect(try error(.pixelSpacing, [0, 1]) == .volume(.invalidValue(keyword: "PixelSpacing")))
        #expect(
            try error(.imagePositionPatient, [0, 0, 1e300]) == .volume(.invalidValue(keyword: "ImagePositionPatient")))
        #expect(try error(.pixelSpacing, [1e300, 1]) == .volume(.invalidValue(keyword: "PixelSpacing")))
        #expect(try error(.pixelSpacing, [-2, 1]) == .volume(.invalidValue(keyword: "PixelSpacing")))
    }
}
