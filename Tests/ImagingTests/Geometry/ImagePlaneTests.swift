import Imaging
import Testing

struct ImagePlaneTests {
    private func plane(
        row: Vector3D = .left, column: Vector3D = .posterior, rowSpacing: Double = 2
    ) throws(VolumeError) -> ImagePlane {
        try ImagePlane(
            position: Vector3D(10, 20, 30), row: row, column: column, rowSpacing: rowSpacing, columnSpacing: 1, rows: 4,
            columns: 6)
    }

    @Test func `between rows comes first in PixelSpacing`() throws {
        let plane = try plane()
        #expect(plane.point(row: 1, column: 0) == Vector3D(10, 22, 30))
        #expect(plane.point(row: 0, column: 1) == Vector3D(11, 20, 30))
        #expect(plane.normal == .head)
        #expect(plane.center == Vector3D(12.5, 23, 30))
    }

    @Test func `rounded directions are made orthonormal, wrong ones refused`() throws {
        let plane = try plane(row: Vector3D(0.99997, 0.005, 0.001), column: Vector3D(-0.001, 1.00002, 0.002))
        #expect(abs(plane.row.length - 1) < 1e-12)
        #expect(abs(plane.row.dot(plane.column)) < 1e-12)
        #expect(throws: VolumeError.invalidValue(keyword: "ImageOrientationPatient")) {
            try self.plane(column: Vector3D(0.1, 0.99, 0))
        }
        #expect(throws: VolumeError.invalidValue(keyword: "ImageOrientationPatient")) { try self.plane(row: .zero) }
        #expect(throws: VolumeError.invalidValue(keyword: "ImageOrientationPatient")) {
            try self.plane(row: Vector3D(.nan, 0, 0))
        }
        #expect(throws: VolumeError.invalidValue(keyword: "PixelSpacing")) { try self.plane(rowSpacing: 0) }
    }

    @Test func `a square around a centre has it in its middle`() throws {
        let plane = try ImagePlane(
            center: Vector3D(1, 2, 3), row: .left, column: .foot, size: 256, fieldOfViewMillimetres: 320)
        #expect((plane.center - Vector3D(1, 2, 3)).length < 1e-12)
        #expect(plane.rowSpacing == 1.25)
        #expect(try plane.shifted(by: 5).center == plane.center + plane.normal * 5)
    }
}
