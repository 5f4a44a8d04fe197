import Foundation
import Imaging
import Testing

/// Real series against pydicom and nibabel; Tests/Fixtures/volumes/make.py wrote what they say.
@Suite(.enabled(if: SharedData.isPresent, "../shared/data is not here"))
struct VolumeFilesTests {
    struct Expected: Decodable {
        let shape: [Int]
        let corners: [[Double]]
        let min: Double
        let max: Double
        let mean: Double
        let middle: Double
    }

    static let expected: [String: Expected] = {
        let file = URL(filePath: #filePath).appending(path: "../../../Fixtures/volumes/expected.json").standardized
        guard let data = try? Data(contentsOf: file) else { return [:] }
        return (try? JSONDecoder().decode([String: Expected].self, from: data)) ?? [:]
    }()

    static func read(_ name: String) throws -> Volume {
        let path = SharedData.directory.appending(path: name)
        if name.hasPrefix("nifti/") { return try Volume(nifti: Data(contentsOf: path)) }
        if name.hasSuffix(".img") { return try Volume(dicom: [Data(contentsOf: path)]) }
        let files = try FileManager.default.contentsOfDirectory(at: path, includingPropertiesForKeys: nil)
        return try Volume(dicom: files.shuffled().map { try Data(contentsOf: $0) })
    }

    @Test func `there is something to compare with`() { #expect(Self.expected.count == 7) }

    @Test(arguments: expected.keys.sorted())
    func `geometry agrees to 1e-4 mm and values exactly`(name: String) throws {
        let expected = try #require(Self.expected[name])
        let volume = try Self.read(name)
        #expect([volume.columns, volume.rows, volume.slices] == expected.shape)
        let far = expected.shape.map { Double($0 - 1) }
        let voxels = [Vector3D.zero, Vector3D(far[0], 0, 0), Vector3D(0, far[1], 0), Vector3D(0, 0, far[2])]
        for (voxel, corner) in zip(voxels, expected.corners) {
            #expect((volume.affine.point(voxel) - Vector3D(corner[0], corner[1], corner[2])).length < 1e-4)
        }
        #expect(abs(Double(volume.voxels.min() ?? 0) - expected.min) <= 1e-6 * abs(expected.min))
        #expect(abs(Double(volume.voxels.max() ?? 0) - expected.max) <= 1e-6 * abs(expected.max))
        let mean = volume.voxels.reduce(0.0) { $0 + Double($1) } / Double(volume.voxels.count)
        #expect(abs(mean - expected.mean) <= 1e-6 * abs(expected.mean))
        let (column, row, slice) = (volume.columns / 3, volume.rows / 2, volume.slices / 4)
        let middle = volume.voxels[(slice * volume.rows + row) * volume.columns + column]
        #expect(abs(Double(middle) - expected.middle) <= 1e-6 * abs(expected.middle))
    }

    @Test func `every slice of the wrist series lies where its file says`() throws {
        let directory = SharedData.directory.appending(path: "mr_series_wrist")
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        let bytes = try files.sorted { $0.path < $1.path }.map { try Data(contentsOf: $0) }
        let volume = try Volume(dicom: bytes)
        let found = (0..<volume.slices).map { volume.affine.point(Vector3D(0, 0, Double($0))) }
        for file in bytes {
            let position = try #require(DataSet(parsing: file).doubles(.imagePositionPatient))
            let nearest = found.map { ($0 - Vector3D(position[0], position[1], position[2])).length }.min()
            #expect(try #require(nearest) < 1e-4)
        }
        let repeated = bytes + [bytes[3]]
        #expect(throws: ImagingError.volume(.duplicatePosition(images: 1, slice: 3))) { try Volume(dicom: repeated) }
    }

    @Test(arguments: [
        ("nifti/row_major.dconn.nii", ImagingError.nifti(.notAnImage(intentCode: 3001))),
        ("nifti/nifti2.hdr", .nifti(.headerWithoutVoxels)),
    ])
    func `what is no volume is named`(name: String, error: ImagingError) throws {
        let bytes = try SharedData.bytes(name)
        #expect(throws: error) { try Volume(nifti: bytes) }
    }

    @Test func `multi-frame images without functional groups say what is missing`() throws {
        let bytes = try SharedData.bytes("mr_enhanced/emri_small.dcm")
        #expect(throws: ImagingError.self) { try Volume(dicom: [bytes]) }
    }
}
