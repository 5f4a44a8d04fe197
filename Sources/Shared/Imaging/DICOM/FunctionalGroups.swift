/// The shared and per-frame functional groups of an enhanced multi-frame image (PS3.3 §C.7.6.16).
package struct FunctionalGroups: Sendable {
    private let shared: DataSet?
    private let perFrame: [DataSet]

    package init(_ dataSet: DataSet) {
        shared = dataSet.sequence(.sharedFunctionalGroupsSequence).first
        perFrame = dataSet.sequence(.perFrameFunctionalGroupsSequence)
    }

    package var isEmpty: Bool { shared == nil && perFrame.isEmpty }
    package var frameCount: Int { perFrame.count }

    /// The item of one macro, such as `PlanePositionSequence`, for a frame counted from 0: its own, else the shared one.
    package func item(_ sequence: Tag, frame: Int) -> DataSet? {
        if perFrame.indices.contains(frame), let own = perFrame[frame].sequence(sequence).first { return own }
        return shared?.sequence(sequence).first
    }
}
