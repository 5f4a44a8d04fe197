import Foundation
import Imaging
import PlanningService
import Preprocessing
import Wire

/// A scout whose value rises linearly through the patient, so that every cut of it is known, as DICOM or NIfTI.
struct ScoutVolume {
    static let slope = Vector3D(2, -1.5, 1)
    static let constant = 1800.0

    var columns = 40
    var rows = 36
    var slices = 20
    var modality = "MR"
    var row = Vector3D.left
    var column = Vector3D.posterior
    var spacing = Vector3D(8, 8, 12)
    var center = Vector3D(15, -30, 40)

    static func value(at point: Vector3D) -> Double { slope.dot(point) + constant }

    var grid: Grid {
        let steps = (row * spacing.x, column * spacing.y, row.cross(column) * spacing.z)
        let half = (steps.0 * Double(columns - 1) + steps.1 * Double(rows - 1) + steps.2 * Double(slices - 1)) / 2
        return Grid(
            columns: columns, rows: rows, slices: slices,
            affine: Affine(columnStep: steps.0, rowStep: steps.1, sliceStep: steps.2, origin: center - half))
    }

    var voxels: [Float] {
        let grid = grid
        var voxels = [Float]()
        for slice in 0..<slices {
            for r in 0..<rows {
                for c in 0..<columns {
                    voxels.append(
                        Float(Self.value(at: grid.affine.point(Vector3D(Double(c), Double(r), Double(slice))))))
                }
            }
        }
        return voxels
    }

    func nifti() throws -> Data { try Volume(grid: grid, voxels: voxels).niftiGzip() }

    /// One classic MR image for each slice.
    func instances() throws -> [Data] {
        let grid = grid
        let voxels = voxels
        return try (0..<slices).map { slice in
            let image = try DataSet()
            try image.set(.sopClassUID, "1.2.840.10008.5.1.4.1.1.4")
            try image.set(.sopInstanceUID, "1.2.826.0.1.3680043.10.1.\(slice + 1)")
            try image.set(.modality, modality)
            try image.set(.patientName, "Phantom^Heart")
            try image.set(.patientID, "P17")
            try image.set(.patientBirthDate, "19700101")
            try image.set(.patientSex, "O")
            try image.set(.studyInstanceUID, "1.2.826.0.1.3680043.10.2")
            try image.set(.studyDate, "20261120")
            try image.set(.seriesInstanceUID, "1.2.826.0.1.3680043.10.3")
            try image.set(.frameOfReferenceUID, "1.2.826.0.1.3680043.10.4")
            try image.set(.patientPosition, "HFS")
            let origin = grid.affine.point(Vector3D(0, 0, Double(slice)))
            try image.set(.imagePositionPatient, numbers: [origin.x, origin.y, origin.z])
            try image.set(.imageOrientationPatient, numbers: [row.x, row.y, row.z, column.x, column.y, column.z])
            try image.set(.pixelSpacing, numbers: [spacing.y, spacing.x])
            try image.set(.samplesPerPixel, 1)
            try image.set(.photometricInterpretation, "MONOCHROME2")
            try image.set(.rows, rows)
            try image.set(.columns, columns)
            try image.set(.bitsAllocated, 16)
            try image.set(.bitsStored, 16)
            try image.set(.highBit, 15)
            try image.set(.pixelRepresentation, 0)
            let pixels = voxels[slice * rows * columns..<(slice + 1) * rows * columns].map {
                UInt16(max(0, $0.rounded())).littleEndian
            }
            try image.set(.pixelData, bytes: pixels.withUnsafeBytes { Data($0) }, vr: "OW")
            return try image.serialised()
        }
    }
}

/// Stands in for a trained network: the exact maps of a heart it knows, whatever it is shown.
struct StandInNetwork: DistanceNetwork {
    let heart: PhantomHeart
    let center: Vector3D
    let spacing: Double
    let outputs: [PlanningModel.Output]

    func distances(_ input: [Float], depth: Int, height: Int, width: Int) throws -> [Float] {
        let grid = Grid.isotropic(
            columns: width, rows: height, slices: depth, spacingMillimetres: spacing, center: center)
        return outputs.flatMap { output in
            heart.map(output.view, on: grid).millimetres.map { $0 / Float(output.scaleMillimetres) }
        }
    }
}

/// Finds no heart in anything: noise.
struct NoiseNetwork: DistanceNetwork {
    func distances(_ input: [Float], depth: Int, height: Int, width: Int) throws -> [Float] {
        var random = Seeded(5)
        return (0..<3 * input.count).map { _ in Float(2 * random.uniform() - 1) }
    }
}

extension PlanningModel {
    static let standInOutputs = CardiacView.core.map { Output(view: $0) }

    static func standIn(
        for scout: ScoutVolume, heart: PhantomHeart, outputs: [Output] = standInOutputs
    ) -> PlanningModel {
        let input = VolumeInput(columns: 32, rows: 32, slices: 32, spacingMillimetres: 8)
        return PlanningModel(
            reference: ModelRef(name: "stand-in", version: "1"), input: input, outputs: outputs,
            network: StandInNetwork(
                heart: heart, center: scout.center, spacing: input.spacingMillimetres, outputs: outputs))
    }
}
