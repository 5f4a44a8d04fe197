package import Imaging

/// Where to put one view, with what it rests on.
package struct PlannedView: Sendable {
    package let view: CardiacView
    package let orientation: ViewOrientation
    package let center: Vector3D
    package let fieldOfViewMillimetres: Double
    package let fit: PlaneFit
    package let figures: PlaneFigures
    /// For SA.
    package let sliceGroup: SliceGroupPlan?

    /// The images to cut: for SA one for each slice, apex first; otherwise one.
    package func imagePlanes(size: Int) throws(VolumeError) -> [ImagePlane] {
        var planes = [ImagePlane]()
        for center in sliceGroup?.centers ?? [center] {
            planes.append(
                try ImagePlane(
                    center: center, row: orientation.row, column: orientation.column, size: size,
                    fieldOfViewMillimetres: fieldOfViewMillimetres))
        }
        return planes
    }
}

/// The views of one volume, from its distance maps.
package struct Plan: Sendable {
    package let views: [PlannedView]

    /// How the views are laid out.
    package struct Layout: Equatable, Sendable {
        package var sliceGroup = SliceGroupPlan.Layout()
        /// Side of the square field of view, mm; less where the volume is smaller.
        package var fieldOfViewMillimetres = 320.0

        package init() {}
    }

    /// Fits every map, checks the planes against each other, and lays out the views asked for.
    ///
    /// - Parameters:
    ///   - maps: at least those of `CardiacView.core` and of `wanted`.
    ///   - volume: the source's grid.
    /// - Throws: `PlanningError.noPlane`, `.planesDoNotMeet`, `.centerOutsideVolume`, `.lowConfidence`.
    package init(
        maps: [CardiacView: DistanceMap], wanted: [CardiacView], volume: Grid, layout: Layout = Layout()
    ) throws(PlanningError) {
        let needed = CardiacView.core + wanted.filter { !CardiacView.core.contains($0) }
        var frame = try Self.frame(of: needed, in: maps, near: nil)
        for _ in 0..<Self.heartPasses {
            let heart = Ball(center: frame.center, radiusMillimetres: Self.heartRadiusMillimetres)
            frame = try Self.frame(of: needed, in: maps, near: heart)
        }
        var planned = [CardiacView: PlannedView]()
        for view in needed {
            planned[view] = try Self.place(view, in: frame, volume: volume, layout: layout)
        }
        guard volume.contains(frame.center) else { throw .centerOutsideVolume }
        views = wanted.compactMap { planned[$0] }
    }

    /// Maps are read this far around the point in which the planes meet, mm. Every voxel of a heart lies within, and
    /// a network knows little of the distance to a heart from an arm or a hip.
    package static let heartRadiusMillimetres = 80.0
    /// The whole volume, read coarsely, gives the first estimate of the centre; each pass after it reads the maps around
    /// the last. A finer grid says no more of a plane: its voxels err alike.
    private static let heartPasses = 2
    private static let (volumeSpacing, heartSpacing) = (12.0, 6.0)

    private static func frame(
        of views: [CardiacView], in maps: [CardiacView: DistanceMap], near heart: Ball?
    ) throws(PlanningError) -> HeartFrame {
        let fits = try concurrentMap(views.count) { index throws(PlanningError) in
            let view = views[index]
            let spacing = heart == nil ? volumeSpacing : heartSpacing
            let fit = maps[view].flatMap { PlaneFitter.fit($0, in: heart, spacingMillimetres: spacing) }
            guard let fit else { throw .noPlane(view: view) }
            return (view, fit)
        }
        guard let frame = HeartFrame(Dictionary(fits) { first, _ in first }) else { throw .planesDoNotMeet }
        return frame
    }

    private static func place(
        _ view: CardiacView, in frame: HeartFrame, volume: Grid, layout: Layout
    ) throws(PlanningError) -> PlannedView {
        guard let fit = frame.planes[view] else { throw .noPlane(view: view) }
        let figures = PlaneFigures(fit, view: view, frame: frame)
        guard !figures.isRefused else { throw .lowConfidence(view: view, figures: figures) }
        guard let orientation = ViewOrientation(view, in: frame) else { throw .planesDoNotMeet }
        let center = fit.nearest(to: frame.center)
        let extent = max(volume.extent(along: orientation.row), volume.extent(along: orientation.column))
        return PlannedView(
            view: view, orientation: orientation, center: center,
            fieldOfViewMillimetres: min(layout.fieldOfViewMillimetres, extent), fit: fit, figures: figures,
            sliceGroup: view == .shortAxis
                ? SliceGroupPlan(
                    center: center, normal: orientation.normal, within: volume, layout: layout.sliceGroup) : nil)
    }
}
