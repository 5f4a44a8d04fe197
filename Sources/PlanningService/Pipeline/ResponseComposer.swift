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
        let images = try views.indices.flatMap { view in
            try views[view].imagePlanes(size: Self.reformatSize).enumerated().map { index, plane in
                (view: view, index: index, plane: plane)
            }
        }
        func ofView<Value>(_ view: Int, _ values: [Value]) -> [Value] {
            zip(images, values).filter { image, _ in image.view == view }.map { _, value in value }
        }
        let cuts = concurrentMap(images.count) { volume.sampled(on: images[$0].plane) }
        let study = ReformatStudy(of: volume)
        let values = views.indices.map { ofView($0, cuts) }
        let series = concurrentMap(views.count) { view in
            MRImageSeries(
                study: study, number: 9000 + Int(views[view].view.wire.rawValue),
                description: "Hilum \(views[view].view.shortName) reformat, not for diagnosis", bodyPart: "HEART",
                sliceThicknessMillimetres: views[view].sliceGroup?.thicknessMillimetres ?? 8,
                values: values[view])
        }
        let written = try concurrentMap(images.count) { number throws(ImagingError) in
            let (image, cut) = (images[number], cuts[number])
            return Reformat(
                dicom: try series[image.view].dicom(cut, on: image.plane, instanceNumber: image.index + 1),
                png: try series[image.view].png(cut, rows: image.plane.rows, columns: image.plane.columns),
                sliceIndex: Int32(image.index))
        }
        return views.indices.map { ofView($0, written) }
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
