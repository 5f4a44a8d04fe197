import Foundation
import Imaging
import Testing

struct MultiFrameTests {
    struct Place {
        var height: Double
        var stack = "1"
        var time = 1
        var component = "MAGNITUDE"
    }

    /// An enhanced image whose frame k has the value k everywhere, times its own slope 2.
    static func enhanced(_ places: [Place], change: (DataSet) throws -> Void = { _ in }) throws -> Data {
        func item(_ fill: (DataSet) throws -> Void) throws -> DataSet {
            let item = try DataSet()
            try fill(item)
            return item
        }
        func macro(_ sequence: Imaging.Tag, in group: DataSet, _ fill: (DataSet) throws -> Void) throws {
            try group.set(sequence, items: [try item(fill)])
        }
        let image = try DataSet()
        try image.set(.sopClassUID, "1.2.840.10008.5.1.4.1.1.4.1")
        try image.set(.sopInstanceUID, UniqueIdentifier.make())
        try image.set(.modality, "MR")
        try image.set(.studyInstanceUID, "1.2.5")
        try image.set(.seriesInstanceUID, "1.2.3")
        try image.set(.frameOfReferenceUID, "1.2.4")
        try image.set(.samplesPerPixel, 1)
        try image.set(.photometricInterpretation, "MONOCHROME2")
        try image.set(.numberOfFrames, places.count)
        try image.set(.rows, 4)
        try image.set(.columns, 6)
        try image.set(.bitsAllocated, 16)
        try image.set(.bitsStored, 16)
        try image.set(.highBit, 15)
        try image.set(.pixelRepresentation, 0)
        let shared = try item { group in
            try macro(.planeOrientationSequence, in: group) {
                try $0.set(.imageOrientationPatient, numbers: [1, 0, 0, 0, 1, 0])
            }
            try macro(.pixelMeasuresSequence, in: group) { try $0.set(.pixelSpacing, numbers: [2, 1.5]) }
            try macro(.pixelValueTransformationSequence, in: group) {
                try $0.set(.rescaleIntercept, 0)
                try $0.set(.rescaleSlope, 2)
            }
        }
        try image.set(.sharedFunctionalGroupsSequence, items: [shared])
        let own = try places.map { place in
            try item { group in
                try macro(.planePositionSequence, in: group) {
                    try $0.set(.imagePositionPatient, numbers: [-5, 7, place.height])
                }
                try macro(Imaging.Tag(0x0020, 0x9111), in: group) {
                    try $0.set(Imaging.Tag(0x0020, 0x9056), place.stack)
                    try $0.set(Imaging.Tag(0x0020, 0x9128), place.time)
                }
                try macro(Imaging.Tag(0x0018, 0x9226), in: group) {
                    try $0.set(Imaging.Tag(0x0008, 0x9208), place.component)
                }
            }
        }
        try image.set(.perFrameFunctionalGroupsSequence, items: own)
        let pixels = places.indices.flatMap { [UInt16](repeating: UInt16($0).littleEndian, count: 24) }
        try image.set(.pixelData, bytes: pixels.withUnsafeBytes { Data($0) }, vr: "OW")
        try change(image)
        return try image.serialised()
    }

    private static let heights = [40.0, 32, 24, 16, 8, 0]

    @Test func `frames are sorted along the normal and rescaled`() throws {
        let volume = try Volume(dicom: [Self.enhanced(Self.heights.map { Place(height: $0) })])
        #expect(volume.slices == 6)
        #expect((0..<6).map { volume.voxels[$0 * 24] } == [10, 8, 6, 4, 2, 0])
        #expect(volume.affine.sliceStep == Vector3D(0, 0, 8))
        #expect(volume.frameOfReferenceUID == "1.2.4")
    }

    @Test func `of several time points, phases and echoes the first is taken and named`() throws {
        let times = Self.heights.flatMap { [Place(height: $0, time: 2), Place(height: $0, time: 1)] }
        let first = try Volume(dicom: [Self.enhanced(times)])
        #expect((0..<6).map { first.voxels[$0 * 24] } == [22, 18, 14, 10, 6, 2])
        #expect(first.appliedSteps.contains("took the first of 2 time points"))

        let components = Self.heights.flatMap {
            [Place(height: $0, component: "PHASE"), Place(height: $0, component: "MAGNITUDE")]
        }
        let magnitude = try Volume(dicom: [Self.enhanced(components)])
        #expect(magnitude.voxels[0] == 22)
        #expect(magnitude.appliedSteps.contains("took the magnitude frames of 12"))

        let echoes = Self.heights.flatMap { [Place(height: $0), Place(height: $0), Place(height: $0)] }
        let echo = try Volume(dicom: [Self.enhanced(echoes)])
        #expect(echo.voxels[0] == 30)
        #expect(echo.appliedSteps.contains("took the first of 3 frames at each place"))
    }

    @Test func `several stacks, several images and absent geometry are named`() throws {
        let places = Self.heights.map { Place(height: $0) }
        let one = try Self.enhanced(places)
        let two = try Self.enhanced(places + [Place(height: 80, stack: "2")])
        #expect(throws: ImagingError.volume(.severalStacks(found: 2))) { try Volume(dicom: [two]) }
        #expect(throws: ImagingError.volume(.severalMultiFrameImages(found: 2))) { try Volume(dicom: [one, one]) }
        let bare = try Self.enhanced(places) { $0.remove(.perFrameFunctionalGroupsSequence) }
        #expect(throws: ImagingError.volume(.missingAttribute(keyword: "ImagePositionPatient", frame: 0))) {
            try Volume(dicom: [bare])
        }
        let doubled = try Self.enhanced(places + [Place(height: 16)])
        #expect(throws: ImagingError.volume(.duplicatePosition(images: 1, slice: 2))) { try Volume(dicom: [doubled]) }
    }

    @Test func `more frames declared than present is an error`() throws {
        let places = Self.heights.map { Place(height: $0) }
        let short = try Self.enhanced(places) { try $0.set(.numberOfFrames, 500) }
        #expect(throws: ImagingError.self) { try Volume(dicom: [short]) }
        let absurd = try Self.enhanced(places) { try $0.set(.numberOfFrames, 2_000_000_000) }
        #expect(throws: ImagingError.self) { try Volume(dicom: [absurd]) }
    }
}
