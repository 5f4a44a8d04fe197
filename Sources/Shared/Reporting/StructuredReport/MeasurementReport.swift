import Imaging

/// The content of TID 1500, Measurement Report (PS3.16), for one study: a measurement group (TID 1501) for each
/// finding of each radiograph, and one with its outline in space (TID 1410) for each planned view.
struct MeasurementReport {
    let report: StudyReport
    let device: ReportingDevice

    /// What stands below the root container, in the template's order.
    func content() throws(ReportingError) -> [ContentItem] {
        var items: [ContentItem] = [.code(Concepts.language, Concepts.english, .hasConceptModifier)]
        items += try observationContext()
        items += proceduresReported
        items.append(imageLibrary)
        var groups: [ContentItem] = []
        for (index, image) in report.images.enumerated() {
            for finding in image.findings { groups.append(try group(of: finding, in: image, number: index + 1)) }
        }
        for plan in report.plans {
            for plane in plan.planes { groups.append(try group(of: plane, in: plan)) }
        }
        if !groups.isEmpty { items.append(.container(Concepts.imagingMeasurements, groups)) }
        items.append(.container(Concepts.qualitativeEvaluations, evaluations))
        return items
    }

    /// TID 1001, with a device as observer (TID 1004).
    private func observationContext() throws(ReportingError) -> [ContentItem] {
        [
            .code(Concepts.observerType, Concepts.device, .hasObservationContext),
            .uid(Concepts.deviceUID, try device.root.uid("device", device.serialNumber), .hasObservationContext),
            .text(Concepts.deviceName, "Hilum \(device.softwareVersion)", .hasObservationContext),
            .text(Concepts.deviceManufacturer, device.manufacturer, .hasObservationContext),
            .text(Concepts.deviceModelName, device.modelName, .hasObservationContext),
            .text(Concepts.deviceSerialNumber, device.serialNumber, .hasObservationContext),
        ]
    }

    private var proceduresReported: [ContentItem] {
        var procedures: [CodedConcept] = []
        if !report.images.isEmpty || report.plans.isEmpty { procedures.append(Concepts.plainRadiography) }
        if !report.plans.isEmpty { procedures.append(Concepts.cardiacMR) }
        return procedures.map { .code(Concepts.procedureReported, $0, .hasConceptModifier) }
    }

    /// TID 1600.
    private var imageLibrary: ContentItem {
        let entries = report.evidence.map { instance in
            let modality = Concepts.modality(instance.modality)
            return ContentItem.image(
                nil, instance, .contains,
                modality.map { [.code(Concepts.modality, $0, .hasAcquisitionContext)] } ?? [])
        }
        return .container(
            Concepts.imageLibrary, template: "1600", [.container(Concepts.imageLibraryGroup, entries)])
    }

    /// TID 1501.
    private func group(
        of finding: FindingReport, in image: ImageReport, number: Int
    ) throws(ReportingError) -> ContentItem {
        let uid = try device.root.uid("finding", image.reference.sopInstanceUID, finding.code)
        let children: [ContentItem?] = [
            .text(Concepts.trackingIdentifier, "image \(number) \(finding.code)", .hasObservationContext),
            .uid(Concepts.trackingUID, uid, .hasObservationContext),
            .code(Concepts.finding, finding.concept),
            finding.site.map { .code(Concepts.findingSite, $0, .hasConceptModifier) },
            .image(Concepts.source, image.reference),
            .number(Concepts.certainty, finding.probability, Concepts.noUnits, algorithm(finding.model)),
            .number(Concepts.threshold, finding.threshold, Concepts.noUnits, algorithm(finding.model)),
            .code(Concepts.flagged, finding.isFlagged ? Concepts.yes : Concepts.no),
        ]
        return .container(Concepts.measurementGroup, template: "1501", children.compactMap { $0 })
    }

    /// TID 1410: the outline of the field of view is the region.
    private func group(of plane: PlaneReport, in plan: PlanReport) throws(ReportingError) -> ContentItem {
        let series = plan.references.first?.seriesInstanceUID ?? report.source.studyInstanceUID
        var children: [ContentItem] = [
            .text(Concepts.trackingIdentifier, "\(plane.shortName) plane", .hasObservationContext),
            .uid(
                Concepts.trackingUID, try device.root.uid("plane", series, plane.shortName), .hasObservationContext),
            .code(Concepts.finding, plane.view),
        ]
        if !plane.frameOfReferenceUID.isEmpty {
            children.append(
                ContentItem(
                    relationship: .contains, concept: Concepts.imageRegion,
                    value: .polygon(plane.outline, frameOfReferenceUID: plane.frameOfReferenceUID)))
        }
        children += [
            .number(Concepts.confidence, plane.confidence, Concepts.noUnits, algorithm(plan.model)),
            .number(Concepts.residual, plane.residualMillimetres, Concepts.millimetre),
            .number(Concepts.fieldOfView, plane.fieldOfViewMillimetres, Concepts.millimetre),
        ]
        if let slices = plane.slices {
            children += [
                .number(Concepts.sliceCount, Double(slices.count), Concepts.slices),
                .number(Concepts.sliceThickness, slices.thickness, Concepts.millimetre),
                .number(Concepts.sliceGap, slices.gap, Concepts.millimetre),
            ]
        }
        let template = plane.frameOfReferenceUID.isEmpty ? "1501" : "1410"
        return .container(Concepts.measurementGroup, template: template, children)
    }

    /// TID 4019.
    private func algorithm(_ model: ModelIdentity) -> [ContentItem] {
        [
            .text(Concepts.algorithmName, model.name, .hasConceptModifier),
            .text(Concepts.algorithmVersion, model.version, .hasConceptModifier),
            .text(Concepts.algorithmParameters, "weights SHA-256 \(model.weightsSHA256)", .hasConceptModifier),
        ]
    }

    /// What is said of the study as a whole.
    private var evaluations: [ContentItem] {
        var items: [ContentItem] = [.text(Concepts.readingPriority, report.priority)]
        items += report.models.filter { !$0.intendedUse.isEmpty }.map {
            .text(Concepts.intendedUse, "\($0.name)/\($0.version): \($0.intendedUse)")
        }
        for (index, image) in report.images.enumerated() {
            let verdict = image.isGradable ? "gradable" : "not gradable: " + image.reasons.joined(separator: ", ")
            items.append(.text(Concepts.imageQuality, "image \(index + 1): \(verdict)"))
        }
        items += report.unread.map { .text(Concepts.notRead, "\($0.reference.sopInstanceUID): \($0.reason)") }
        return items
    }
}

extension ReportingDevice {
    /// The study's measurement report.
    package func structuredReport(_ report: StudyReport) throws(ReportingError) -> ResultObject {
        let content = try MeasurementReport(report: report, device: self).content()
        let document = try SRDocument(title: Concepts.measurementReport, template: "1500")
        for item in content { try document.add(item) }
        var named: Set<String> = []
        for instance in report.evidence where named.insert(instance.sopInstanceUID).inserted {
            try document.addEvidence(instance)
        }
        if let predecessor = report.predecessor { try document.addPredecessor(predecessor) }
        let study = report.source.studyInstanceUID
        let header = ObjectHeader(
            kind: .structuredReport, sopClassUID: SRDocument.comprehensive3DSRStorage,
            sopInstanceUID: try root.uid("sr", study, "\(report.version)"),
            seriesInstanceUID: try root.uid("sr series", study), modality: "SR", seriesNumber: 9101,
            seriesDescription: "Hilum measurement report", instanceNumber: report.version)
        return try header.finish(
            try document.dataSet(), hasOnlyASCII: content.allSatisfy(\.hasOnlyASCII), source: report.source,
            device: self, at: LocalTime(report.completedAt, offset: report.source.timezoneOffset))
    }
}
