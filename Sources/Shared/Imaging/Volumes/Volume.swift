/// Grey values on a regular grid in the patient.
///
/// `voxels` is slice-major, then row, then column (columns fastest). The values are those after the modality
/// transformation (rescale); the affine maps (column, row, slice) to LPS mm.
package struct Volume: Sendable {
    package let grid: Grid
    package let voxels: [Float]
    /// FrameOfReferenceUID of the source; nil for NIfTI.
    package let frameOfReferenceUID: String?
    package let source: VolumeSource
    /// What was done to the source to get here, in order, in words without patient data.
    package let appliedSteps: [String]

    package init(
        grid: Grid, voxels: [Float], frameOfReferenceUID: String? = nil, source: VolumeSource = .synthetic,
        appliedSteps: [String] = []
    ) {
        precondition(voxels.count == grid.voxelCount, "voxels do not fill the grid")
        self.grid = grid
        self.voxels = voxels
        self.frameOfReferenceUID = frameOfReferenceUID
        self.source = source
        self.appliedSteps = appliedSteps
    }

    package var columns: Int { grid.columns }
    package var rows: Int { grid.rows }
    package var slices: Int { grid.slices }
    package var affine: Affine { grid.affine }
}

/// How much a volume may ask of this machine, whatever its header says.
package struct VolumeLimits: Sendable {
    /// Voxels of the volume (4 bytes each once read).
    package var maxVoxels = 64 << 20
    /// Bytes of an unpacked `.nii.gz`.
    package var maxUnpackedBytes = 512 << 20
    /// Slices needed along every axis.
    package var minSlices = 2

    package init() {}
}
