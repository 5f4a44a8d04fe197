// The messages and methods of proto/hilum/v1/planning.proto.

package import Foundation

/// A standard view of the heart.
package enum View: WireEnum {
    /// Not stated; refused in a request.
    case unspecified
    /// Short axis (SA): perpendicular to the axis of the left ventricle.
    case shortAxis
    /// Four-chamber (4CH).
    case fourChamber
    /// Two-chamber (2CH).
    case twoChamber
    /// Three-chamber (3CH), through the aortic valve.
    case threeChamber
    /// A value that this version does not know.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        self =
            switch rawValue {
            case 0: .unspecified
            case 1: .shortAxis
            case 2: .fourChamber
            case 3: .twoChamber
            case 4: .threeChamber
            default: .unrecognized(rawValue)
            }
    }

    package var rawValue: Int32 {
        switch self {
        case .unspecified: 0
        case .shortAxis: 1
        case .fourChamber: 2
        case .twoChamber: 3
        case .threeChamber: 4
        case .unrecognized(let value): value
        }
    }
}

/// A scout volume and what is wanted of it.
package struct PlanViewsRequest: Message {
    package static let fullName = "hilum.v1.PlanViewsRequest"

    /// DICOM files of one series, in any order: single-frame MR, or one enhanced multi-frame MR.
    package var instances: [Data]
    /// Instead of `instances`: one NIfTI-1 or -2 file, gzip allowed.
    package var nifti: Data
    /// The views wanted; empty means SA, 4CH and 2CH.
    package var views: [View]
    /// Asks for the volume cut along each view, as DICOM and PNG.
    package var includeReformats: Bool
    /// Asks for each view's distance map, as NIfTI.
    package var includeDistanceMaps: Bool
    /// Name of a bundle, or "name/version"; empty means the default one.
    package var model: String
    /// The caller's identifier for this request, returned unchanged. No patient data.
    package var requestID: String

    /// A message with the given fields; the others have their defaults.
    package init(
        instances: [Data] = [], nifti: Data = Data(), views: [View] = [], includeReformats: Bool = false,
        includeDistanceMaps: Bool = false, model: String = "", requestID: String = ""
    ) {
        self.instances = instances
        self.nifti = nifti
        self.views = views
        self.includeReformats = includeReformats
        self.includeDistanceMaps = includeDistanceMaps
        self.model = model
        self.requestID = requestID
    }

    package init() {
        self.init(instances: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &instances)
        try visitor.field(2, &nifti)
        try visitor.field(3, &views)
        try visitor.field(4, &includeReformats)
        try visitor.field(5, &includeDistanceMaps)
        try visitor.field(6, &model)
        try visitor.field(7, &requestID)
    }
}

/// The planes of one volume.
package struct PlanViewsResponse: Message {
    package static let fullName = "hilum.v1.PlanViewsResponse"

    /// One plane for each view asked for, in the order of the request.
    package var planes: [ViewPlane]
    /// The bundle that answered.
    package var model: ModelRef?
    /// What was done to the volume, in order.
    package var appliedSteps: [String]
    /// Where the time went.
    package var timing: Timing?
    /// As in the request.
    package var requestID: String

    /// A message with the given fields; the others have their defaults.
    package init(
        planes: [ViewPlane] = [], model: ModelRef? = nil, appliedSteps: [String] = [], timing: Timing? = nil,
        requestID: String = ""
    ) {
        self.planes = planes
        self.model = model
        self.appliedSteps = appliedSteps
        self.timing = timing
        self.requestID = requestID
    }

    package init() {
        self.init(planes: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &planes)
        try visitor.field(2, &model)
        try visitor.field(3, &appliedSteps)
        try visitor.field(4, &timing)
        try visitor.field(5, &requestID)
    }
}

/// A point or direction in the patient's coordinate system: LPS (x to the left, y to the back, z to the
/// head; PS3.3 section C.7.6.2.1.1). Points in mm, directions of unit length.
package struct Vector3: Message {
    package static let fullName = "hilum.v1.Vector3"

    /// Towards the patient's left.
    package var x: Double
    /// Towards the patient's back.
    package var y: Double
    /// Towards the patient's head.
    package var z: Double

    /// A message with the given fields; the others have their defaults.
    package init(
        x: Double = 0, y: Double = 0, z: Double = 0
    ) {
        self.x = x
        self.y = y
        self.z = z
    }

    package init() {
        self.init(x: 0)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &x)
        try visitor.field(2, &y)
        try visitor.field(3, &z)
    }
}

/// Where to put one view.
package struct ViewPlane: Message {
    package static let fullName = "hilum.v1.ViewPlane"

    /// The view.
    package var view: View
    /// Centre of the field of view, mm.
    package var center: Vector3?
    /// `row` × `column`: points into the screen.
    package var normal: Vector3?
    /// Direction of increasing column index: the first three values of ImageOrientationPatient.
    package var row: Vector3?
    /// Direction of increasing row index: the last three values of ImageOrientationPatient.
    package var column: Vector3?
    /// Side of the square field of view, mm.
    package var fieldOfViewMm: Double
    /// FrameOfReferenceUID (0020,0052) of the source; empty for NIfTI.
    package var frameOfReferenceUID: String
    /// How far the plane can be trusted, 0 to 1, from residual, inliers, gradient and agreement of the views.
    package var confidence: Double
    /// Weighted root mean square of the plane fit, mm.
    package var residualMm: Double
    /// For SHORT_AXIS: the stack that covers the ventricle.
    package var sliceGroup: SliceGroup?
    /// The volume cut along this view (a stack for SHORT_AXIS). Empty unless asked for.
    package var reformats: [Reformat]
    /// Gzipped NIfTI of the network's signed distance map, mm. Empty unless asked for.
    package var distanceMapNifti: Data
    /// Share of the voxels near the plane that agree with it, 0 to 1.
    package var inlierFraction: Double

    /// A message with the given fields; the others have their defaults.
    package init(
        view: View = .unspecified, center: Vector3? = nil, normal: Vector3? = nil, row: Vector3? = nil,
        column: Vector3? = nil, fieldOfViewMm: Double = 0, frameOfReferenceUID: String = "", confidence: Double = 0,
        residualMm: Double = 0, sliceGroup: SliceGroup? = nil, reformats: [Reformat] = [],
        distanceMapNifti: Data = Data(), inlierFraction: Double = 0
    ) {
        self.view = view
        self.center = center
        self.normal = normal
        self.row = row
        self.column = column
        self.fieldOfViewMm = fieldOfViewMm
        self.frameOfReferenceUID = frameOfReferenceUID
        self.confidence = confidence
        self.residualMm = residualMm
        self.sliceGroup = sliceGroup
        self.reformats = reformats
        self.distanceMapNifti = distanceMapNifti
        self.inlierFraction = inlierFraction
    }

    package init() {
        self.init(view: .unspecified)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &view)
        try visitor.field(2, &center)
        try visitor.field(3, &normal)
        try visitor.field(4, &row)
        try visitor.field(5, &column)
        try visitor.field(6, &fieldOfViewMm)
        try visitor.field(7, &frameOfReferenceUID)
        try visitor.field(8, &confidence)
        try visitor.field(9, &residualMm)
        try visitor.field(10, &sliceGroup)
        try visitor.field(11, &reformats)
        try visitor.field(12, &distanceMapNifti)
        try visitor.field(13, &inlierFraction)
    }
}

/// A stack of parallel slices.
package struct SliceGroup: Message {
    package static let fullName = "hilum.v1.SliceGroup"

    /// Centre of the first slice, at the apex, mm.
    package var firstCenter: Vector3?
    /// Centre of the last slice, at the base, mm.
    package var lastCenter: Vector3?
    /// Thickness of one slice, mm.
    package var thicknessMm: Double
    /// Gap between two slices, mm.
    package var gapMm: Double
    /// Number of slices.
    package var count: Int32

    /// A message with the given fields; the others have their defaults.
    package init(
        firstCenter: Vector3? = nil, lastCenter: Vector3? = nil, thicknessMm: Double = 0, gapMm: Double = 0,
        count: Int32 = 0
    ) {
        self.firstCenter = firstCenter
        self.lastCenter = lastCenter
        self.thicknessMm = thicknessMm
        self.gapMm = gapMm
        self.count = count
    }

    package init() {
        self.init(firstCenter: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &firstCenter)
        try visitor.field(2, &lastCenter)
        try visitor.field(3, &thicknessMm)
        try visitor.field(4, &gapMm)
        try visitor.field(5, &count)
    }
}

/// One image cut from the volume.
package struct Reformat: Message {
    package static let fullName = "hilum.v1.Reformat"

    /// MR image as a DICOM Part 10 file, in the source's study and frame of reference, own series.
    package var dicom: Data
    /// The same image as 8-bit grey PNG.
    package var png: Data
    /// Its place in the slice group, from 0; 0 where there is one image.
    package var sliceIndex: Int32

    /// A message with the given fields; the others have their defaults.
    package init(
        dicom: Data = Data(), png: Data = Data(), sliceIndex: Int32 = 0
    ) {
        self.dicom = dicom
        self.png = png
        self.sliceIndex = sliceIndex
    }

    package init() {
        self.init(dicom: Data())
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &dicom)
        try visitor.field(2, &png)
        try visitor.field(3, &sliceIndex)
    }
}

/// Plans the views of a cardiac MR examination.
package enum PlanningServiceMethods {
    /// Full name of the service.
    package static let service = "hilum.v1.PlanningService"
    /// Plans the asked views on one scout volume.
    package static let planViews = MethodDescriptor<PlanViewsRequest, PlanViewsResponse>(
        service: service, name: "PlanViews", shape: .unary, idempotency: .noSideEffects)
    /// Lists the model bundles of this service.
    package static let listModels = MethodDescriptor<ListModelsRequest, ListModelsResponse>(
        service: service, name: "ListModels", shape: .unary, idempotency: .noSideEffects)
}
