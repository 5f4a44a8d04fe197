/// How far planned views lie from the true ones.
package struct ViewsReport: Codable, Sendable {
    /// Volumes with known planes.
    package let cases: Int
    /// Volumes by how they were acquired: each kind, then all together.
    package let acquisitions: [ViewsGroup]
    package let subgroups: [ViewsGroup]

    /// - Returns: nil without a case whose planes are known.
    init?(_ pairs: [JudgedCase]) {
        let volumes = pairs.filter { $0.item.planes != nil && $0.item.wantsAnswer }
        guard !volumes.isEmpty else { return nil }
        cases = volumes.count
        let groups = Subgroups.of(volumes).map { group, value, members in
            ViewsGroup(group: group, value: value, members.map { volumes[$0] })
        }
        acquisitions =
            groups.filter { $0.group == Self.acquisition }
            + [ViewsGroup(group: Self.acquisition, value: "all", volumes)]
        subgroups = groups.filter { $0.group != Self.acquisition }
    }

    static let acquisition = "acquisition"
}

/// The views of some volumes.
package struct ViewsGroup: Codable, Sendable {
    package let group: String
    package let value: String
    package let cases: Int
    package let views: [ViewReport]

    init(group: String, value: String, _ members: [JudgedCase]) {
        (self.group, self.value, cases) = (group, value, members.count)
        let offered = Set(members.flatMap { ($0.answer.planes ?? [:]).keys })
        views = ViewName.all.map(\.name).filter(offered.contains).map { ViewReport($0, members) }
    }
}

/// One view.
package struct ViewReport: Codable, Sendable {
    /// Its name in the proto.
    package let view: String
    /// Volumes in which its plane is known.
    package let cases: Int
    package let answered: Int
    /// No plane, or one beyond `PlaneError.limit`.
    package let failures: Int
    /// Between the normals, degrees.
    package let angle: Distribution?
    /// From the true centre to the plane, mm.
    package let distance: Distribution?
    /// In the plane, degrees.
    package let rotation: Distribution?
    /// Means over the volumes with a mask.
    package let iou: Double?
    package let dice: Double?

    package var failureRate: Double { cases > 0 ? Double(failures) / Double(cases) : 0 }

    init(_ view: String, _ members: [JudgedCase]) {
        let known = members.filter { $0.item.planes?[view] != nil }
        let errors = known.compactMap { $0.error(of: view) }
        self.view = view
        cases = known.count
        answered = errors.count
        failures = known.count - errors.count(where: \.isWithinLimit)
        angle = Distribution(errors.map(\.degrees))
        distance = Distribution(errors.map(\.millimetres))
        rotation = Distribution(errors.compactMap(\.rotationDegrees))
        let overlaps = known.compactMap { $0.answer.planes?[view]?.overlap }
        iou = overlaps.map(\.iou).meanIfAny
        dice = overlaps.map(\.dice).meanIfAny
    }
}

extension JudgedCase {
    /// nil where the plane is not known or was not answered.
    func error(of view: String) -> PlaneError? {
        guard let plane = answer.planes?[view], let truth = item.planes?[view] else { return nil }
        return PlaneError(center: plane.center, normal: plane.normal, row: plane.row, truth: truth)
    }
}
