import Foundation
import Imaging
import Reporting

extension ReportingDevice {
    static let test = ReportingDevice(serialNumber: "T-1", softwareVersion: "0.1.0", root: .uuid)
}

extension ModelIdentity {
    static let chest = ModelIdentity(
        name: "chest-xray", version: "2", weightsSHA256: String(repeating: "a1", count: 32),
        intendedUse: "trained on synthetic phantoms; not for clinical use")
}

/// A radiograph or MR slice with only what a report needs.
func sourceInstance(
    modality: String = "DX", name: String = "Doe^Jane", characterSet: String? = nil,
    changes: (DataSet) throws -> Void = { _ in }
) throws -> DataSet {
    let instance = try DataSet()
    if let characterSet { try instance.set(.specificCharacterSet, characterSet) }
    try instance.set(.sopClassUID, modality == "MR" ? "1.2.840.10008.5.1.4.1.1.4" : "1.2.840.10008.5.1.4.1.1.1.1")
    try instance.set(.sopInstanceUID, "1.2.3.4.5")
    try instance.set(.seriesInstanceUID, "1.2.3.4")
    try instance.set(.studyInstanceUID, "1.2.3")
    try instance.set(.modality, modality)
    try instance.set(.patientName, name)
    try instance.set(.patientID, "P-7")
    try instance.set(.patientBirthDate, "19610203")
    try instance.set(.patientSex, "F")
    try instance.set(.studyDate, "20261120")
    try instance.set(.studyTime, "101500")
    try instance.set(.accessionNumber, "A-77")
    try instance.set(.studyID, "S1")
    try instance.set(.referringPhysicianName, "")
    try changes(instance)
    return instance
}

func finding(
    _ code: String = "enlarged_heart", display: String = "Enlarged heart", probability: Double = 0.93,
    codings: [CodedConcept] = [CodedConcept("8186001", "SCT", "Cardiomegaly")], heatMap: Data? = nil
) -> FindingReport {
    FindingReport(
        code: code, display: display, codings: codings, probability: probability, threshold: 0.25,
        isFlagged: probability >= 0.25, priority: "priority", model: .chest, heatMap: heatMap)
}

/// A report of one radiograph.
func chestReport(
    of instance: DataSet, findings: [FindingReport] = [finding(), .shadow], isGradable: Bool = true, version: Int = 1,
    predecessor: InstanceReference? = nil
) throws -> StudyReport {
    let image = ImageReport(
        reference: try InstanceReference(instance), findings: isGradable ? findings : [], isGradable: isGradable,
        reasons: isGradable ? [] : ["turned by a quarter"],
        gates: [GateReport(name: "size", value: 2048, limit: 512, unit: "px", passed: true)], model: .chest)
    return StudyReport(
        source: try SourceStudy(instance), images: [image], plans: [], priority: "priority", isFlagged: true,
        completedAt: Date(timeIntervalSince1970: 1_795_000_000), version: version, predecessor: predecessor)
}

extension FindingReport {
    /// A finding with a private code too long for Code Value, and a body site; not flagged.
    static let shadow = finding(
        "enlarged_heart_shadow", display: "Enlarged heart shadow", probability: 0.04,
        codings: [
            CodedConcept("ENLARGED_HEART_SHADOW", "99HILUM", "Enlarged heart shadow"),
            CodedConcept("80891009", "SCT", "Heart structure"),
        ])
}

/// A report of three planned views.
func cardiacReport(of instance: DataSet) throws -> StudyReport {
    let views = [
        (CodedConcept("103340004", "SCT", "Short axis"), "SA", Vector3D(1, 0, 0), Vector3D(0, 1, 0)),
        (CodedConcept("399214001", "SCT", "Four chamber"), "4CH", Vector3D(1, 0, 0), Vector3D(0, 0, -1)),
        (CodedConcept("399232001", "SCT", "Two chamber"), "2CH", Vector3D(0, 1, 0), Vector3D(0, 0, -1)),
    ]
    let planes = views.map { view, name, row, column in
        PlaneReport(
            view: view, shortName: name, center: Vector3D(10, 20, 30), row: row, column: column,
            fieldOfViewMillimetres: 340, frameOfReferenceUID: "1.2.3.9", confidence: 0.8, residualMillimetres: 1.25,
            slices: name == "SA" ? (count: 12, thickness: 8, gap: 2) : nil)
    }
    let plan = PlanReport(references: [try InstanceReference(instance)], planes: planes, model: .chest)
    return StudyReport(
        source: try SourceStudy(instance), images: [], plans: [plan], priority: "routine", isFlagged: false,
        completedAt: Date(timeIntervalSince1970: 1_795_000_000))
}
