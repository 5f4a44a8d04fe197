package import Imaging

/// The stack of short-axis slices that covers the left ventricle, apex first.
package struct SliceGroupPlan: Equatable, Sendable {
    /// Centres of all slices, LPS mm, apex → base.
    package let centers: [Vector3D]
    package let thicknessMillimetres: Double
    package let gapMillimetres: Double

    /// How the stack is laid out.
    package struct Layout: Equatable, Sendable {
        package var thicknessMillimetres = 8.0
        package var gapMillimetres = 2.0
        /// From the ventricle's centre to apex and to base, mm. The distance maps say where the centre is but not
        /// how long the ventricle is; 50 mm covers an adult's (long axis up to about 95 mm) with a little to spare.
        package var halfLengthMillimetres = 50.0

        package init() {}
    }

    /// Slices at even distances about `center`, as many as keep their centres within the half length and the volume.
    ///
    /// - Parameter normal: apex → base, unit length.
    package init(center: Vector3D, normal: Vector3D, within volume: Grid, layout: Layout = Layout()) {
        let step = layout.thicknessMillimetres + layout.gapMillimetres
        let reach = Int((layout.halfLengthMillimetres / step).rounded(.down))
        var centers = [center]
        for direction in [-1.0, 1.0] {
            for number in stride(from: 1, through: reach, by: 1) {
                let next = center + normal * (direction * Double(number) * step)
                guard volume.contains(next) else { break }
                if direction < 0 { centers.insert(next, at: 0) } else { centers.append(next) }
            }
        }
        self.centers = centers
        thicknessMillimetres = layout.thicknessMillimetres
        gapMillimetres = layout.gapMillimetres
    }
}
