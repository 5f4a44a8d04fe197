import Foundation
package import Imaging
package import Wire

/// Planned views as messages.
package struct ResponseComposer: Sendable {
    /// Rows and columns of a reformat.
    package static let reformatSize = 256

    let volume: Volume
    let maps: [CardiacView: DistanceMap]
    let model: ModelRef
    private let studyUIDs: ReformatStudy

    package init(volume: Volume, maps: [CardiacView: DistanceMap], model: ModelRef) {
        self.volume = volume
        self.maps = maps
        self.model = model
        studyUIDs = ReformatStudy(of: volume)
    }

    /// - Parameters:
    ///   - reformats: whether to cut the volume along the view.
    ///   - distanceMap: whether to add the view's map.
    package func plane(_ planned: PlannedView, reformats: Bool, distanceMap: Bool) throws -> ViewPlane {
        ViewPlane(
            view: planned.view.wire, center: Vector3(planned.center), normal: Vector3(planned.orientation.normal),
            row: Vector3(planned.orientation.row), column: Vector3(planned.orientation.column),
            fieldOfViewMm: planned.fieldOfViewMillimetres, frameOfReferenceUID: volume.frameOfReferenceUID ?? "",
            confidence: planned.figures.confidence, residualMm: planned.fit.residualMillimetres,
            sliceGroup: planned.sliceGroup.map(SliceGroup.init),
            reformats: reformats ? try self.reformats(planned) : [],
            distanceMapNifti: distanceMap ? try niftiGzip(planned.view) : Data(),
            inlierFraction: planned.fit.inlierFraction)
    }

    private func reformats(_ planned: PlannedView) throws -> [Reformat] {
        let planes = try planned.imagePlanes(size: Self.reformatSize)
        let cuts = concurrentMap(planes.count) { [volume] in volume.sampled(on: planes[$0]) }
        let series = MRImageSeries(
            study: studyUIDs, number: 9000 + Int(planned.view.wire.rawValue),
            description: "Hilum \(planned.view.shortName) reformat, not for diagnosis", bodyPart: "HEART",
            sliceThicknessMillimetres: planned.sliceGroup?.thicknessMillimetres ?? 8, values: cuts)
        return try concurrentMap(planes.count) { index throws(ImagingError) in
            let (plane, cut) = (planes[index], cuts[index])
            return Reformat(
                dicom: try series.dicom(cut, on: plane, instanceNumber: index + 1),
                png: try series.png(cut, rows: plane.rows, columns: plane.columns), sliceIndex: Int32(index))
        }
    }

    private func niftiGzip(_ view: CardiacView) throws -> Data {
        guard let map = maps[view] else { return Data() }
        return try Volume(grid: map.grid, voxels: map.values).niftiGzip(
            description: "Hilum signed distance to \(view.rawValue), mm")
    }
}

extension Vector3 {
    init(_ v: Vector3D) { self.init(x: v.x, y: v.y, z: v.z) }
}

extension SliceGroup {
    init(_ plan: SliceGroupPlan) {
        self.init(
            firstCenter: plan.centers.first.map { Vector3($0) }, lastCenter: plan.centers.last.map { Vector3($0) },
            thicknessMm: plan.thicknessMillimetres, gapMm: plan.gapMillimetres, count: Int32(plan.centers.count))
    }
}
