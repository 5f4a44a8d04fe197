// The messages and methods of proto/hilum/v1/classifier.proto.

package import Foundation

/// One image to classify.
package struct ClassifyRequest: Message {
    package static let fullName = "hilum.v1.ClassifyRequest"

    /// The file as it is: DICOM Part 10 (or a bare data set), PNG or JPEG. At most 256 MiB.
    package var image: Data
    /// "application/dicom", "image/png" or "image/jpeg"; empty means: look at the bytes.
    package var mediaType: String
    /// Name of one bundle, or "name/version". Empty means every ready bundle, answers merged.
    package var model: String
    /// Asks for one heat map a finding.
    package var includeHeatmaps: Bool
    /// The caller's identifier for this request, returned unchanged. No patient data.
    package var requestID: String

    /// A message with the given fields; the others have their defaults.
    package init(
        image: Data = Data(), mediaType: String = "", model: String = "", includeHeatmaps: Bool = false,
        requestID: String = ""
    ) {
        self.image = image
        self.mediaType = mediaType
        self.model = model
        self.includeHeatmaps = includeHeatmaps
        self.requestID = requestID
    }

    package init() {
        self.init(image: Data())
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &image)
        try visitor.field(2, &mediaType)
        try visitor.field(3, &model)
        try visitor.field(4, &includeHeatmaps)
        try visitor.field(5, &requestID)
    }
}

/// The findings of one image.
package struct ClassifyResponse: Message {
    package static let fullName = "hilum.v1.ClassifyResponse"

    /// The bundle that answered; the first one when several were merged (see `Finding.model`).
    package var model: ModelRef?
    /// One entry for each finding that a ready model covers, in descending priority, then
    /// probability. Empty when the image is ungradable: that is never "normal".
    package var findings: [Finding]
    /// Whether the image could be graded, and every gate's figure.
    package var quality: ImageQuality?
    /// What was done to the pixels, in order, for example "modality LUT: rescale slope 1 intercept 0".
    package var appliedSteps: [String]
    /// Where the time went.
    package var timing: Timing?
    /// As in the request.
    package var requestID: String

    /// A message with the given fields; the others have their defaults.
    package init(
        model: ModelRef? = nil, findings: [Finding] = [], quality: ImageQuality? = nil, appliedSteps: [String] = [],
        timing: Timing? = nil, requestID: String = ""
    ) {
        self.model = model
        self.findings = findings
        self.quality = quality
        self.appliedSteps = appliedSteps
        self.timing = timing
        self.requestID = requestID
    }

    package init() {
        self.init(model: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &model)
        try visitor.field(2, &findings)
        try visitor.field(3, &quality)
        try visitor.field(4, &appliedSteps)
        try visitor.field(5, &timing)
        try visitor.field(6, &requestID)
    }
}

/// One finding and how sure the model is of it.
package struct Finding: Message {
    package static let fullName = "hilum.v1.Finding"

    /// One of enlarged_heart, enlarged_heart_shadow, unfolded_aorta, dense_aorta, aortic_atherosclerosis,
    /// diaphragm_relaxation, aortic_arch_sclerosis, scoliosis, vascular_hila.
    package var code: String
    /// Name for people, in English.
    package var display: String
    /// The finding in coding schemes.
    package var codings: [Coding]
    /// Calibrated probability that the finding is present, 0 to 1.
    package var probability: Float
    /// The finding is flagged at or above this probability.
    package var threshold: Float
    /// True when `probability` reaches `threshold`.
    package var flagged: Bool
    /// How soon a human should look if flagged; ROUTINE when it is not.
    package var priority: Priority
    /// Class activation map in the coordinates of the image as displayed: 8-bit grey PNG of the image's
    /// aspect, 255 where the image speaks most for the finding. Empty unless asked for.
    package var heatmapPNG: Data
    /// The bundle this finding comes from.
    package var model: ModelRef?

    /// A message with the given fields; the others have their defaults.
    package init(
        code: String = "", display: String = "", codings: [Coding] = [], probability: Float = 0, threshold: Float = 0,
        flagged: Bool = false, priority: Priority = .unspecified, heatmapPNG: Data = Data(), model: ModelRef? = nil
    ) {
        self.code = code
        self.display = display
        self.codings = codings
        self.probability = probability
        self.threshold = threshold
        self.flagged = flagged
        self.priority = priority
        self.heatmapPNG = heatmapPNG
        self.model = model
    }

    package init() {
        self.init(code: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &code)
        try visitor.field(2, &display)
        try visitor.field(3, &codings)
        try visitor.field(4, &probability)
        try visitor.field(5, &threshold)
        try visitor.field(6, &flagged)
        try visitor.field(7, &priority)
        try visitor.field(8, &heatmapPNG)
        try visitor.field(9, &model)
    }
}

/// Whether an image can be graded.
package struct ImageQuality: Message {
    package static let fullName = "hilum.v1.ImageQuality"

    /// The verdict over all gates.
    package enum Grade: WireEnum {
        /// Not stated.
        case unspecified
        /// Every gate passed.
        case gradable
        /// At least one gate failed: a human has to look; nothing is said about findings.
        case ungradable
        /// A value that this version does not know.
        case unrecognized(Int32)

        package init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .unspecified
                case 1: .gradable
                case 2: .ungradable
                default: .unrecognized(rawValue)
                }
        }

        package var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .gradable: 1
            case .ungradable: 2
            case .unrecognized(let value): value
            }
        }
    }

    /// The verdict.
    package var grade: Grade
    /// Why the image is ungradable, in words, one entry for each failed gate.
    package var reasons: [String]
    /// Every gate that was run, passed or not.
    package var gates: [QualityGate]

    /// A message with the given fields; the others have their defaults.
    package init(
        grade: Grade = .unspecified, reasons: [String] = [], gates: [QualityGate] = []
    ) {
        self.grade = grade
        self.reasons = reasons
        self.gates = gates
    }

    package init() {
        self.init(grade: .unspecified)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &grade)
        try visitor.field(2, &reasons)
        try visitor.field(3, &gates)
    }
}

/// One check of an image, its figure and its limit.
package struct QualityGate: Message {
    package static let fullName = "hilum.v1.QualityGate"

    /// "size", "blank", "clipping", "polarity", "rotation", "chest" or "lateral".
    package var name: String
    /// The figure measured.
    package var value: Double
    /// The limit it is compared with.
    package var limit: Double
    /// What value and limit count, for example "px" or "fraction of the field".
    package var unit: String
    /// True when the value is on the right side of the limit.
    package var passed: Bool

    /// A message with the given fields; the others have their defaults.
    package init(
        name: String = "", value: Double = 0, limit: Double = 0, unit: String = "", passed: Bool = false
    ) {
        self.name = name
        self.value = value
        self.limit = limit
        self.unit = unit
        self.passed = passed
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
        try visitor.field(2, &value)
        try visitor.field(3, &limit)
        try visitor.field(4, &unit)
        try visitor.field(5, &passed)
    }
}

/// Classifies frontal chest X-rays.
package enum ClassifierServiceMethods {
    /// Full name of the service.
    package static let service = "hilum.v1.ClassifierService"
    /// Classifies one image.
    package static let classify = MethodDescriptor<ClassifyRequest, ClassifyResponse>(
        service: service, name: "Classify", shape: .unary, idempotency: .noSideEffects)
    /// Lists the model bundles of this service.
    package static let listModels = MethodDescriptor<ListModelsRequest, ListModelsResponse>(
        service: service, name: "ListModels", shape: .unary, idempotency: .noSideEffects)
}
