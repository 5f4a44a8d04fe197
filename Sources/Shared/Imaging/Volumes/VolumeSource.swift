/// Where a volume comes from.
package enum VolumeSource: Sendable {
    /// Made by calculation.
    case synthetic
    case nifti
}
