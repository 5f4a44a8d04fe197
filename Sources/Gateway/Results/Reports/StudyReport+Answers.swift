import Imaging
import Reporting
import Wire

extension FindingReport {
    init(_ finding: Finding, of answer: ClassifyResponse) {
        self.init(
            code: finding.code, display: finding.display, codings: finding.codings.map(CodedConcept.init),
            probability: Double(finding.probability), threshold: Double(finding.threshold), isFlagged: finding.flagged,
            priority: TriagePriority(finding.priority).name, model: ModelIdentity(finding.model ?? answer.model),
            heatMap: finding.heatmapPNG.isEmpty ? nil : finding.heatmapPNG)
    }
}

extension ImageReport {
    init(_ reference: InstanceReference, _ answer: ClassifyResponse) {
        let isGradable = !answer.isUngradable
        self.init(
            reference: reference, findings: isGradable ? answer.findings.map { FindingReport($0, of: answer) } : [],
            isGradable: isGradable, reasons: answer.quality?.reasons ?? [],
            gates: (answer.quality?.gates ?? []).map {
                GateReport(name: $0.name, value: $0.value, limit: $0.limit, unit: $0.unit, passed: $0.passed)
            }, model: ModelIdentity(answer.model))
    }
}

extension PlanReport {
    init(_ references: [InstanceReference], _ answer: PlanViewsResponse) {
        self.init(
            references: references, planes: answer.planes.map(PlaneReport.init), model: ModelIdentity(answer.model))
    }
}

extension PlaneReport {
    init(_ plane: ViewPlane) {
        let (view, name) = plane.view.named
        self.init(
            view: view, shortName: name, center: Vector3D(plane.center), row: Vector3D(plane.row),
            column: Vector3D(plane.column), fieldOfViewMillimetres: plane.fieldOfViewMm,
            frameOfReferenceUID: plane.frameOfReferenceUID, confidence: plane.confidence,
            residualMillimetres: plane.residualMm,
            slices: plane.sliceGroup.map { (count: Int($0.count), thickness: $0.thicknessMm, gap: $0.gapMm) },
            reformats: plane.reformats.map(\.dicom))
    }
}

extension ModelIdentity {
    init(_ model: ModelRef?) {
        self.init(
            name: model?.name ?? "", version: model?.version ?? "", weightsSHA256: model?.weightsSha256 ?? "",
            intendedUse: model?.intendedUse ?? "")
    }

    /// As a request names it.
    var requestName: String { "\(name)/\(version)" }
}

extension CodedConcept {
    init(_ coding: Coding) {
        self.init(coding.value, coding.scheme, coding.meaning)
    }
}

extension Vector3D {
    init(_ vector: Vector3?) {
        self.init(vector?.x ?? 0, vector?.y ?? 0, vector?.z ?? 0)
    }
}

extension View {
    /// The view as CID 26 (PS3.16) has it, and its short name.
    fileprivate var named: (CodedConcept, String) {
        switch self {
        case .shortAxis: (CodedConcept("103340004", "SCT", "Short axis"), "SA")
        case .fourChamber: (CodedConcept("399214001", "SCT", "Four chamber"), "4CH")
        case .twoChamber: (CodedConcept("399232001", "SCT", "Two chamber"), "2CH")
        case .threeChamber: (.hilum("THREE_CHAMBER", "Three chamber"), "3CH")
        case .unspecified: (.hilum("VIEW", "View"), "view")
        case .unrecognized(let number): (.hilum("VIEW_\(number)", "View \(number)"), "view \(number)")
        }
    }
}

extension TriagePriority {
    /// For people.
    var name: String {
        switch self {
        case .routine: "routine"
        case .priority: "priority"
        case .urgent: "urgent"
        }
    }
}
