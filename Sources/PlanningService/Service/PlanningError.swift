/// Why no plan was made. No payload holds patient data.
package enum PlanningError: Error, Equatable, Sendable {
    /// Neither `instances` nor `nifti`.
    case noVolume
    /// Both `instances` and `nifti`.
    case twoVolumes
    /// A view that this version does not know, by its number.
    case unknownView(Int32)
    /// A view asked for twice.
    case repeatedView(CardiacView)
    /// The bundle has no map for a view asked for.
    case viewNotInModel(view: CardiacView, model: String)
    /// No bundle of the name asked for is ready; these are.
    case unknownModel(known: [String])
    /// No bundle at all is ready.
    case noModelReady
    /// The images are of another modality.
    case notMR(found: String)
    /// All voxels are alike.
    case blankVolume
    /// A map has no zero crossing inside the volume, so no plane.
    case noPlane(view: CardiacView)
    /// The planes of SA, 4CH and 2CH do not meet in one point.
    case planesDoNotMeet
    /// The planes meet outside the volume.
    case centerOutsideVolume
    /// The figures of a plane lie beyond their limits: not a cardiac volume, or not one the bundle knows.
    case lowConfidence(view: CardiacView, figures: PlaneFigures)
    /// The network's output does not have the size the bundle promises.
    case unexpectedOutput(expected: Int, found: Int)
}
