/// Classic images, one slice each.
struct SingleFrameSeries {
    /// Decoded side by side, and held beside the volume until then.
    private static let slicesAtOnce = 32

    let images: [DataSet]

    func volume(limits: VolumeLimits, imageLimits: ImageLimits) throws(ImagingError) -> Volume {
        let placed = try slices()
        let stack = try ImagingError.volume { () throws(VolumeError) in
            let stack = try SliceStack(placed, minSlices: limits.minSlices)
            try limits.check(stack.grid)
            return stack
        }
        var voxels = [Float]()
        voxels.reserveCapacity(stack.grid.voxelCount)
        var steps = [String]()
        for first in stride(from: 0, to: stack.order.count, by: Self.slicesAtOnce) {
            let order = stack.order[first..<min(first + Self.slicesAtOnce, stack.order.count)]
            let slices = try concurrentMap(order.count) { place throws(ImagingError) in
                let decoded = try ImageDecoder.decode(images[order[first + place]], limits: imageLimits)
                try ImagingError.volume { () throws(VolumeError) in
                    try decoded.checkSlice(of: stack.grid)
                }
                return (values: decoded.upright(frame: 0), steps: decoded.appliedSteps)
            }
            for slice in slices {
                voxels.append(contentsOf: slice.values)
                for step in slice.steps where !steps.contains(step) && steps.count < 16 { steps.append(step) }
            }
        }
        let isInOrder = stack.order == Array(stack.order.indices)
        if !isInOrder { steps.append("sorted \(stack.order.count) slices along their normal") }
        return Volume(
            grid: stack.grid, voxels: voxels, frameOfReferenceUID: stack.frameOfReferenceUID,
            source: .dicom(images[stack.order[0]]), appliedSteps: steps)
    }

    private func slices() throws(ImagingError) -> [Slice] {
        var slices = [Slice]()
        for (index, image) in images.enumerated() {
            guard let series = image.string(.seriesInstanceUID) else {
                throw .volume(.missingAttribute(keyword: Tag.seriesInstanceUID.keyword, frame: nil))
            }
            guard let frame = image.string(.frameOfReferenceUID) else {
                throw .volume(.missingAttribute(keyword: Tag.frameOfReferenceUID.keyword, frame: nil))
            }
            let plane = try ImagingError.volume { () throws(VolumeError) in
                try ImagePlane(
                    position: image, orientation: image, spacing: image, rows: image.int(.rows),
                    columns: image.int(.columns), frame: nil)
            }
            slices.append(
                Slice(plane: plane, seriesInstanceUID: series, frameOfReferenceUID: frame, index: index))
        }
        return slices
    }
}

extension DecodedImage {
    /// A slice is one grey frame of the grid's size.
    func checkSlice(of grid: Grid) throws(VolumeError) {
        guard appliedSteps.allSatisfy({ !$0.contains("luminance") }) else { throw .notMonochrome }
        guard rows == grid.rows, columns == grid.columns else {
            throw .mixedSize(
                expectedRows: grid.rows, expectedColumns: grid.columns, foundRows: rows, foundColumns: columns)
        }
    }

    /// One frame's values, high ones bright.
    func upright(frame index: Int) -> [Float] {
        let values = frame(index)
        guard isInverted, let least = values.min(), let greatest = values.max() else { return Array(values) }
        return values.map { least + greatest - $0 }
    }
}
