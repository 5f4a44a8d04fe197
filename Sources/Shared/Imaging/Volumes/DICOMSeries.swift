package import Foundation

/// The parsed images of one series, before anything is decoded.
package struct DICOMSeries: Sendable {
    package let images: [DataSet]

    /// - Throws: `ImagingError` of the first file that is no DICOM, `.volume(.noInstances)` for none.
    package init(parsing instances: [Data], limits: ImageLimits = .standard) throws(ImagingError) {
        guard !instances.isEmpty else { throw .volume(.noInstances) }
        images = try concurrentMap(instances.count) { index throws(ImagingError) in
            try DataSet(parsing: instances[index], limits: limits)
        }
    }

    package init(_ images: [DataSet]) { self.images = images }

    /// Every modality in the series, sorted; "" where an image does not say.
    package var modalities: [String] { Set(images.map { $0.string(.modality) ?? "" }).sorted() }

    /// The images put together: single-frame ones in any order, or one multi-frame image.
    ///
    /// Geometry is checked before any pixel is decoded.
    ///
    /// - Throws: `ImagingError.volume` where they do not make one volume, else what decoding throws.
    package func volume(
        limits: VolumeLimits = VolumeLimits(), imageLimits: ImageLimits = .standard
    ) throws(ImagingError) -> Volume {
        guard let first = images.first else { throw .volume(.noInstances) }
        let multiFrame = images.count { ($0.int(.numberOfFrames) ?? 1) > 1 || $0.isEnhanced }
        guard multiFrame == 0 || images.count == 1 else {
            throw .volume(.severalMultiFrameImages(found: images.count))
        }
        let modalities = modalities
        guard modalities.count == 1 else { throw .volume(.mixedModality(found: modalities.count)) }
        return multiFrame == 0
            ? try SingleFrameSeries(images: images).volume(limits: limits, imageLimits: imageLimits)
            : try MultiFrameImage(image: first).volume(limits: limits, imageLimits: imageLimits)
    }
}

extension Volume {
    /// The files of one series, in any order; see `DICOMSeries`.
    package init(
        dicom instances: [Data], limits: VolumeLimits = VolumeLimits(), imageLimits: ImageLimits = .standard
    ) throws(ImagingError) {
        self = try DICOMSeries(parsing: instances, limits: imageLimits)
            .volume(limits: limits, imageLimits: imageLimits)
    }
}

extension DataSet {
    /// Whether positions lie in functional groups (PS3.3 §C.7.6.16).
    fileprivate var isEnhanced: Bool { contains(.perFrameFunctionalGroupsSequence) }
}

extension ImagingError {
    /// Runs `body`, its `VolumeError` as `.volume`.
    static func volume<R>(_ body: () throws(VolumeError) -> R) throws(ImagingError) -> R {
        do throws(VolumeError) { return try body() } catch { throw .volume(error) }
    }
}

extension VolumeLimits {
    /// - Throws: `VolumeError.tooManyVoxels`.
    func check(_ grid: Grid) throws(VolumeError) {
        guard let count = grid.columns.multiplied(by: grid.rows, grid.slices), count <= maxVoxels else {
            throw .tooManyVoxels(found: maxVoxels + 1, limit: maxVoxels)
        }
    }
}

extension ImagePlane {
    /// The Image Plane attributes (PS3.3 §C.7.6.2) from wherever an image keeps them.
    ///
    /// - Parameters:
    ///   - frame: for the error, in a multi-frame image.
    init(
        position: DataSet?, orientation: DataSet?, spacing: DataSet?, rows: Int?, columns: Int?, frame: Int?
    ) throws(VolumeError) {
        func numbers(_ tag: Tag, _ count: Int, in dataSet: DataSet?) throws(VolumeError) -> [Double] {
            guard let dataSet, dataSet.contains(tag) else {
                throw .missingAttribute(keyword: tag.keyword, frame: frame)
            }
            guard let values = dataSet.doubles(tag), values.count == count else {
                throw .invalidValue(keyword: tag.keyword)
            }
            return values
        }
        guard let rows else { throw .missingAttribute(keyword: Tag.rows.keyword, frame: nil) }
        guard let columns else { throw .missingAttribute(keyword: Tag.columns.keyword, frame: nil) }
        let p = try numbers(.imagePositionPatient, 3, in: position)
        let o = try numbers(.imageOrientationPatient, 6, in: orientation)
        let s = try numbers(.pixelSpacing, 2, in: spacing)
        try self.init(
            position: Vector3D(p[0], p[1], p[2]), row: Vector3D(o[0], o[1], o[2]), column: Vector3D(o[3], o[4], o[5]),
            rowSpacing: s[0], columnSpacing: s[1], rows: rows, columns: columns)
    }
}
