import CLinux

/// Classic images, one slice each.
struct SingleFrameSeries {
    let images: [DataSet]

    func volume(limits: VolumeLimits, imageLimits: ImageLimits) throws(ImagingError) -> Volume {
        let placed = try slices()
        let stack = try ImagingError.volume { () throws(VolumeError) in
            let stack = try SliceStack(placed, minSlices: limits.minSlices)
            try limits.check(stack.grid)
            return stack
        }
        var steps = [String]()
        let voxels = try voxels(of: stack, limits: imageLimits, &steps)
        let isInOrder = stack.order == Array(stack.order.indices)
        if !isInOrder { steps.append("sorted \(stack.order.count) slices along their normal") }
        return Volume(
            grid: stack.grid, voxels: voxels, frameOfReferenceUID: stack.frameOfReferenceUID,
            source: .dicom(images[stack.order[0]]), appliedSteps: steps)
    }

    /// Every slice decoded to its place, several at once.
    private func voxels(
        of stack: SliceStack, limits: ImageLimits, _ steps: inout [String]
    ) throws(ImagingError) -> [Float] {
        let count = stack.grid.columns * stack.grid.rows
        var decoded: Result<[[String]], ImagingError> = .success([])
        let voxels = [Float](unsafeUninitializedCapacity: stack.grid.voxelCount) { voxels, made in
            guard let start = voxels.baseAddress else { return }
            // Fewer page faults while it is filled, fewer TLB misses while it is sampled.
            linux_use_huge_pages(start, voxels.count * MemoryLayout<Float>.stride)
            nonisolated(unsafe) let first = start  // each slice is written by one thread
            decoded = Result { () throws(ImagingError) in
                try concurrentMap(stack.order.count) { place throws(ImagingError) in
                    let image = try ImageDecoder.decode(images[stack.order[place]], limits: limits)
                    try ImagingError.volume { () throws(VolumeError) in try image.checkSlice(of: stack.grid) }
                    image.upright(frame: 0).withUnsafeBufferPointer { slice in
                        guard let slice = slice.baseAddress else { return }
                        (first + place * count).initialize(from: slice, count: count)
                    }
                    return image.appliedSteps
                }
            }
            if case .success = decoded { made = stack.grid.voxelCount }
        }
        for slice in try decoded.get() {
            for step in slice where !steps.contains(step) && steps.count < 16 { steps.append(step) }
        }
        return voxels
    }

    private func slices() throws(ImagingError) -> [Slice] {
        try concurrentMap(images.count) { index throws(ImagingError) in
            let image = images[index]
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
            return Slice(plane: plane, seriesInstanceUID: series, frameOfReferenceUID: frame, index: index)
        }
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
        let values = frames == 1 ? values : Array(frame(index))
        guard isInverted, let least = values.min(), let greatest = values.max() else { return values }
        return values.map { least + greatest - $0 }
    }
}
