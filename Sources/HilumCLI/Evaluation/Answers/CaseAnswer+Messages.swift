import Imaging
import RPC
import Wire

extension CaseAnswer {
    init(_ item: EvaluationCase, _ response: ClassifyResponse) throws {
        let isGradable = response.quality?.grade == .gradable && !response.findings.isEmpty
        self.init(
            id: item.id, outcome: isGradable ? .answered : .refused,
            reason: isGradable ? nil : response.quality?.reasons.joined(separator: "; "))
        models = Set(Notice.models(of: response).map(Model.init)).sorted { $0.name < $1.name }
        guard isGradable else { return }
        findings = [:]
        for answered in response.findings {
            var finding = Finding(
                probability: Double(answered.probability), threshold: Double(answered.threshold),
                flagged: answered.flagged)
            if let mask = item.structures?[answered.code], !answered.heatmapPNG.isEmpty {
                finding.heat_map = try HeatMapFigure(
                    map: GreyMap(png: answered.heatmapPNG), structure: GreyMap(png: InputFiles.read(item.path(mask))))
            }
            findings?[answered.code] = finding
        }
    }

    init(_ item: EvaluationCase, _ response: PlanViewsResponse) throws {
        self.init(id: item.id, outcome: .answered)
        models = response.model.map { [Model($0)] } ?? []
        planes = [:]
        let mask = try item.mask.map { try Volume(nifti: InputFiles.read(item.path($0))) }
        for answered in response.planes {
            guard let name = ViewName.of(answered.view) else { continue }
            let (center, normal, row) = (answered.center ?? Vector3(), answered.normal ?? Vector3(), answered.row)
            var plane = Plane(
                center: center.values, normal: normal.values, row: (row ?? Vector3()).values,
                confidence: answered.confidence)
            if let mask, let truth = item.planes?[name] {
                plane.overlap = MaskSection.overlap(of: mask, along: plane, and: truth)
            }
            planes?[name] = plane
        }
    }

    /// What the service would not answer, or could not.
    init(_ item: EvaluationCase, _ status: RPCStatus) {
        let text = Failure.text(status)
        let isRefusal = [.invalidArgument, .failedPrecondition, .outOfRange, .unimplemented].contains(status.code)
        self.init(id: item.id, outcome: isRefusal ? .refused : .failed, reason: text.isEmpty ? "\(status.code)" : text)
    }
}

extension CaseAnswer.Model {
    init(_ model: ModelRef) {
        self.init(
            name: model.name, version: model.version, weights_sha256: model.weightsSha256,
            intended_use: model.intendedUse)
    }
}

extension Vector3 {
    var values: [Double] { [x, y, z] }
}
