/// Classic images, one slice each.
struct SingleFrameSeries {
    let images: [DataSet]

    func volume(limits: VolumeLimits, imageLimits: ImageLimits) throws(ImagingError) -> Volume {
        let slices = try slices()
        let stack = try ImagingError.volume { () throws(VolumeError) in
            let stack = try SliceStack(slices, minSlices: limits.minSlices)
            try limits.check(stack.grid)
            return stack
        }
        var voxels = [Float]()
        voxels.reserveCapacity(stack.grid.voxelCount)
        var steps = [String]()
        for index in stack.order {
            let decoded = try ImageDecoder.decode(images[index], limits: imageLimits)
            try ImagingError.volume { () throws(VolumeError) in
                try decoded.checkSlice(of: stack.grid)
            }
            voxels.append(contentsOf: decoded.upright(frame: 0))
            for step in decoded.appliedSteps where !steps.contains(step) && steps.count < 16 { steps.append(step) }
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
