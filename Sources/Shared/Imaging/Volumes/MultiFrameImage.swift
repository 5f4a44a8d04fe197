/// One enhanced multi-frame image, its geometry in functional groups (PS3.3 §C.7.6.16).
struct MultiFrameImage {
    let image: DataSet

    func volume(limits: VolumeLimits, imageLimits: ImageLimits) throws(ImagingError) -> Volume {
        guard let frameOfReference = image.string(.frameOfReferenceUID) else {
            throw .volume(.missingAttribute(keyword: Tag.frameOfReferenceUID.keyword, frame: nil))
        }
        let count = image.int(.numberOfFrames) ?? 1
        guard (1...imageLimits.maxFrames).contains(count) else {
            throw .limitExceeded(what: Tag.numberOfFrames.keyword, found: count, limit: imageLimits.maxFrames)
        }
        var steps = [String]()
        let stack = try ImagingError.volume { () throws(VolumeError) in
            let frames = try self.frames(count: count, frameOfReference: frameOfReference)
            let chosen = try MultiFrameSelection(frames).oneFrameEachPlace(steps: &steps)
            let stack = try SliceStack(chosen.map(\.slice), minSlices: limits.minSlices)
            try limits.check(stack.grid)
            return stack
        }
        let decoded = try ImageDecoder.decode(image, limits: imageLimits)
        try ImagingError.volume { () throws(VolumeError) in try decoded.checkSlice(of: stack.grid) }
        var voxels = [Float]()
        voxels.reserveCapacity(stack.grid.voxelCount)
        for index in stack.order {
            guard index < decoded.frames else { throw .fewerFrames(declared: count, found: decoded.frames) }
            voxels.append(contentsOf: decoded.upright(frame: index))
        }
        return Volume(
            grid: stack.grid, voxels: voxels, frameOfReferenceUID: stack.frameOfReferenceUID, source: .dicom(image),
            appliedSteps: decoded.appliedSteps + steps)
    }

    private func frames(count: Int, frameOfReference: String) throws(VolumeError) -> [Frame] {
        let groups = FunctionalGroups(image)
        let rows = image.int(.rows)
        let columns = image.int(.columns)
        var frames = [Frame]()
        for index in 0..<count {
            let plane = try ImagePlane(
                position: groups.item(.planePositionSequence, frame: index),
                orientation: groups.item(.planeOrientationSequence, frame: index),
                spacing: groups.item(.pixelMeasuresSequence, frame: index), rows: rows, columns: columns, frame: index)
            let content = groups.item(.frameContentSequence, frame: index)
            let type = groups.item(.mrImageFrameTypeSequence, frame: index)
            frames.append(
                Frame(
                    slice: Slice(
                        plane: plane, seriesInstanceUID: "", frameOfReferenceUID: frameOfReference, index: index),
                    stackID: content?.string(.stackID), time: content?.int(.temporalPositionIndex),
                    component: type?.string(.complexImageComponent)))
        }
        return frames
    }
}

/// One frame with what may tell it from another at the same place.
struct Frame {
    let slice: Slice
    let stackID: String?
    /// TemporalPositionIndex, from 1.
    let time: Int?
    /// ComplexImageComponent, such as MAGNITUDE or PHASE.
    let component: String?
}

/// Chooses frames until no two lie at one place, and says what was chosen.
struct MultiFrameSelection {
    private let frames: [Frame]

    init(_ frames: [Frame]) { self.frames = frames }

    /// - Throws: `VolumeError.severalStacks`.
    func oneFrameEachPlace(steps: inout [String]) throws(VolumeError) -> [Frame] {
        let stacks = Set(frames.map(\.stackID))
        guard stacks.count == 1 else { throw .severalStacks(found: stacks.count) }
        var chosen = frames

        if Set(chosen.map(\.component)).count > 1 {
            let magnitude = chosen.filter { $0.component == "MAGNITUDE" }
            if !magnitude.isEmpty {
                steps.append("took the magnitude frames of \(chosen.count)")
                chosen = magnitude
            }
        }
        let times = Set(chosen.map(\.time))
        if times.count > 1 {
            let first = times.min { ($0 ?? .max) < ($1 ?? .max) } ?? nil
            chosen = chosen.filter { $0.time == first }
            steps.append("took the first of \(times.count) time points")
        }
        return firstOfEach(chosen, steps: &steps)
    }

    /// Where every place has the same number of frames (echoes, phases), the first of each; else all, so that
    /// `SliceStack` names what is doubled.
    private func firstOfEach(_ frames: [Frame], steps: inout [String]) -> [Frame] {
        guard let normal = frames.first?.slice.plane.normal else { return frames }
        var places = [Int: [Frame]]()
        for frame in frames {
            let position = frame.slice.plane.position.dot(normal)
            guard abs(position) < 1e9 else { return frames }
            places[Int((position / SliceStack.Tolerance.spacingMillimetres).rounded()), default: []].append(frame)
        }
        let counts = Set(places.values.map(\.count))
        guard counts.count == 1, let count = counts.first, count > 1 else { return frames }
        steps.append("took the first of \(count) frames at each place")
        return places.values.compactMap(\.first).sorted { $0.slice.index < $1.slice.index }
    }
}

extension Tag {
    static let frameContentSequence = Tag(0x0020, 0x9111)
    static let stackID = Tag(0x0020, 0x9056)
    static let temporalPositionIndex = Tag(0x0020, 0x9128)
    static let mrImageFrameTypeSequence = Tag(0x0018, 0x9226)
    static let complexImageComponent = Tag(0x0008, 0x9208)
}
