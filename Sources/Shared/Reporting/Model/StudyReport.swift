package import Foundation
package import Imaging

/// What is known of one study when it is reported: everything that result objects are made of.
package struct StudyReport: Sendable {
    package let source: SourceStudy
    package let images: [ImageReport]
    package let plans: [PlanReport]
    /// Instances without an answer, and why.
    package let unread: [UnreadInstance]
    /// `routine`, `priority` or `urgent`.
    package let priority: String
    /// True when a finding is flagged or a human has to look.
    package let isFlagged: Bool
    /// When the study became complete.
    package let completedAt: Date
    /// Grows each time the study is reported again, from 1.
    package let version: Int
    /// The report of the version before, where there is one.
    package let predecessor: InstanceReference?

    package init(
        source: SourceStudy, images: [ImageReport], plans: [PlanReport], unread: [UnreadInstance] = [],
        priority: String, isFlagged: Bool, completedAt: Date, version: Int = 1, predecessor: InstanceReference? = nil
    ) {
        self.source = source
        self.images = images
        self.plans = plans
        self.unread = unread
        self.priority = priority
        self.isFlagged = isFlagged
        self.completedAt = completedAt
        self.version = version
        self.predecessor = predecessor
    }

    /// The bundles that answered, each once, in order of appearance.
    package var models: [ModelIdentity] {
        var seen: Set<ModelIdentity> = []
        let all = images.flatMap { [$0.model] + $0.findings.map(\.model) } + plans.map(\.model)
        return all.filter { !$0.name.isEmpty && seen.insert($0).inserted }
    }

    /// Every instance that an answer is about.
    package var evidence: [InstanceReference] {
        images.map(\.reference) + plans.flatMap(\.references) + unread.map(\.reference)
    }

    /// What people have to know before they read on: the bundles' intended use, each text once.
    package var intendedUses: [String] {
        var seen: Set<String> = []
        return models.map(\.intendedUse).filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}

/// One instance by its UIDs.
package struct InstanceReference: Sendable, Hashable {
    package let studyInstanceUID: String
    package let seriesInstanceUID: String
    package let sopClassUID: String
    package let sopInstanceUID: String
    package let modality: String

    package init(
        studyInstanceUID: String, seriesInstanceUID: String, sopClassUID: String, sopInstanceUID: String,
        modality: String
    ) {
        self.studyInstanceUID = studyInstanceUID
        self.seriesInstanceUID = seriesInstanceUID
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
        self.modality = modality
    }
}

/// The bundle that gave an answer.
package struct ModelIdentity: Sendable, Hashable {
    package let name: String
    package let version: String
    /// SHA-256 of the weights, hexadecimal.
    package let weightsSHA256: String
    package let intendedUse: String

    package init(name: String, version: String, weightsSHA256: String, intendedUse: String) {
        self.name = name
        self.version = version
        self.weightsSHA256 = weightsSHA256
        self.intendedUse = intendedUse
    }
}

/// The answer to one radiograph.
package struct ImageReport: Sendable {
    package let reference: InstanceReference
    package let findings: [FindingReport]
    /// False: nothing is said about findings, a human has to look.
    package let isGradable: Bool
    /// Why it is not gradable.
    package let reasons: [String]
    package let gates: [GateReport]
    package let model: ModelIdentity

    package init(
        reference: InstanceReference, findings: [FindingReport], isGradable: Bool, reasons: [String],
        gates: [GateReport], model: ModelIdentity
    ) {
        self.reference = reference
        self.findings = findings
        self.isGradable = isGradable
        self.reasons = reasons
        self.gates = gates
        self.model = model
    }
}

/// One finding of a radiograph.
package struct FindingReport: Sendable {
    package let code: String
    package let display: String
    package let codings: [CodedConcept]
    /// Calibrated, 0 to 1.
    package let probability: Double
    package let threshold: Double
    package let isFlagged: Bool
    package let priority: String
    package let model: ModelIdentity
    /// 8-bit grey PNG of the image's aspect; nil where there is none.
    package let heatMap: Data?

    package init(
        code: String, display: String, codings: [CodedConcept], probability: Double, threshold: Double,
        isFlagged: Bool, priority: String, model: ModelIdentity, heatMap: Data? = nil
    ) {
        self.code = code
        self.display = display
        self.codings = codings
        self.probability = probability
        self.threshold = threshold
        self.isFlagged = isFlagged
        self.priority = priority
        self.model = model
        self.heatMap = heatMap
    }

    /// What was looked for: the first coding that is no body site, else a code of our own.
    package var concept: CodedConcept {
        codings.first { !$0.isAnatomicSite } ?? .hilum(code.uppercased(), display)
    }

    /// Where.
    package var site: CodedConcept? { codings.first(where: \.isAnatomicSite) }
}

/// One gate of an image's quality.
package struct GateReport: Sendable {
    package let name: String
    package let value: Double
    package let limit: Double
    package let unit: String
    package let passed: Bool

    package init(name: String, value: Double, limit: Double, unit: String, passed: Bool) {
        self.name = name
        self.value = value
        self.limit = limit
        self.unit = unit
        self.passed = passed
    }
}

/// The planes of one series.
package struct PlanReport: Sendable {
    package let references: [InstanceReference]
    package let planes: [PlaneReport]
    package let model: ModelIdentity

    package init(references: [InstanceReference], planes: [PlaneReport], model: ModelIdentity) {
        self.references = references
        self.planes = planes
        self.model = model
    }
}

/// Where to put one view: LPS, mm.
package struct PlaneReport: Sendable {
    /// The view's coded name, for example (103340004, SCT, "Short axis").
    package let view: CodedConcept
    /// `SA`, `4CH`, `2CH`, …
    package let shortName: String
    package let center: Vector3D
    package let row: Vector3D
    package let column: Vector3D
    package let fieldOfViewMillimetres: Double
    package let frameOfReferenceUID: String
    package let confidence: Double
    package let residualMillimetres: Double
    /// For the short axis: number, thickness and gap (mm) of the slices.
    package let slices: (count: Int, thickness: Double, gap: Double)?
    /// The volume cut along this view, as MR images.
    package let reformats: [Data]

    package init(
        view: CodedConcept, shortName: String, center: Vector3D, row: Vector3D, column: Vector3D,
        fieldOfViewMillimetres: Double, frameOfReferenceUID: String, confidence: Double, residualMillimetres: Double,
        slices: (count: Int, thickness: Double, gap: Double)? = nil, reformats: [Data] = []
    ) {
        self.view = view
        self.shortName = shortName
        self.center = center
        self.row = row
        self.column = column
        self.fieldOfViewMillimetres = fieldOfViewMillimetres
        self.frameOfReferenceUID = frameOfReferenceUID
        self.confidence = confidence
        self.residualMillimetres = residualMillimetres
        self.slices = slices
        self.reformats = reformats
    }

    /// The corners of the field of view, the first again at the end.
    var outline: [Vector3D] {
        let (x, y) = (row * (fieldOfViewMillimetres / 2), column * (fieldOfViewMillimetres / 2))
        return [center - x - y, center + x - y, center + x + y, center - x + y, center - x - y]
    }
}

/// An instance that nobody answered for.
package struct UnreadInstance: Sendable {
    package let reference: InstanceReference
    /// No patient data.
    package let reason: String

    package init(reference: InstanceReference, reason: String) {
        self.reference = reference
        self.reason = reason
    }
}
