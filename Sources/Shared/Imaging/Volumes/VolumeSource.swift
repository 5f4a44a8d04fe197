/// Where a volume comes from.
package enum VolumeSource: Sendable {
    /// Made by calculation.
    case synthetic
    case nifti
    /// The first image of the series in slice order, for the attributes of patient and study.
    case dicom(DataSet)
}
