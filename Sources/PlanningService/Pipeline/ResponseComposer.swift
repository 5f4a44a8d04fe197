import Foundation
package import Imaging
package import Wire

/// Planned views as messages.
package struct ResponseComposer: Sendable {
    /// Rows and columns of a reformat.
    package static let reformatSize = 256

    let volume: Volume
    let maps: [CardiacView: DistanceMap]

    package init(volume: Volume, maps: [CardiacView: DistanceMap]) {
        self.volume = volume
        self.maps = maps
    }

    /// - Parameters:
    ///   - reformats: whether to cut the volume along each view.
    ///   - distanceMaps: whether to add each view's map.
    package func planes(_ views: [PlannedView], reformats: Bool, distanceMaps: Bool) throws -> [ViewPlane] {
        let reformats = try reformats ? self.reformats(views) : views.map { _ in [] }
        return try zip(views, reformats).map { planned, reformats in
            ViewPlane(
                view: planned.view.wire, center: Vector3(planned.center), normal: Vector3(planned.orientation.normal),
                row: Vector3(planned.orientation.row), column: Vector3(planned.orientation.column),
                fieldOfViewMm: planned.fieldOfViewMillimetres, frameOfReferenceUID: volume.frameOfReferenceUID ?? "",
                confidence: planned.figures.confidence, residualMm: planned.fit.residualMillimetres,
                sliceGroup: planned.sliceGroup.map(SliceGroup.init), reformats: reformats,
                distanceMapNifti: distanceMaps ? try niftiGzip(planned.view) : Data(),
                inlierFraction: planned.fit.inlierFraction)
        }
    }

    /// The images of each view, a series each. Those of all views are cut and written side by side, since most views
    /// have one.
    private func reformats(_ views: [PlannedView]) throws -> [[Reformat]] {
        let planes = try views.map { try $0.imagePlanes(size: Self.reformatSize) }
        let images = planes.indices.flatMap { view in planes[view].indices.map { (view: view, index: $0) } }
        let cuts = concurrentMap(images.count) { volume.sampled(on: planes[images[$0].view][images[$0].index]) }
        let study = ReformatStudy(of: volume)
        let series = concurrentMap(views.count) { view in
            MRImageSeries(
                study: study, number: 9000 + Int(views[view].view.wire.rawValue),
                description: "Hilum \(views[view].view.shortName) reformat, not for diagnosis", bodyPart: "HEART",
                sliceThicknessMillimetres: views[view].sliceGroup?.thicknessMillimetres ?? 8,
                values: zip(images, cuts).filter { $0.0.view == view }.map(\.1))
        }
        let written = try concurrentMap(images.count) { number throws(ImagingError) in
            let (view, index) = images[number]
            let (plane, cut, series) = (planes[view][index], cuts[number], series[view])
            return Reformat(
                dicom: try series.dicom(cut, on: plane, instanceNumber: index + 1),
                png: try series.png(cut, rows: plane.rows, columns: plane.columns), sliceIndex: Int32(index))
        }
        return views.indices.map { view in zip(images, written).filter { $0.0.view == view }.map(\.1) }
    }

    private func niftiGzip(_ view: CardiacView) throws -> Data {
        guard let map = maps[view] else { return Data() }
        return try Volume(grid: map.grid, voxels: map.millimetres).niftiGzip(
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
