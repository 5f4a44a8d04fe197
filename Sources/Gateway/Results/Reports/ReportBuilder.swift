import Foundation
import Imaging
import RPC
import Reporting
import Wire

/// Why a report cannot be made now.
enum ReportFailure: Error, Sendable {
    /// The study is not complete any more; it will be queued again.
    case studyChanged
    /// To be tried again: a service or the store is in trouble.
    case trouble(String)
    /// Made of these answers it will fail again.
    case impossible(String)
}

/// Makes a study's result objects and messages of what the ledger holds.
struct ReportBuilder: Sendable {
    let ledger: any Ledger
    let blobs: BlobStore
    let pictures: AnswerPictures
    let device: ReportingDevice
    let configuration: ResultsConfiguration

    /// Everything that one version of a study is reported as.
    struct Report: Sendable {
        var objects: [ResultObject] = []
        var messages: [(destination: String, bytes: Data)] = []
    }

    func build(_ claim: ReportClaim) async throws(ReportFailure) -> Report {
        do {
            guard let study = try await ledger.study(claim.studyInstanceUID), study.summary.stage == .complete else {
                throw ReportFailure.studyChanged
            }
            var report = Report()
            let answered = try await gather(study, claim, into: &report)
            if configuration.kinds.contains(.structuredReport) {
                report.objects.append(try device.structuredReport(answered))
            }
            if configuration.kinds.contains(.summary) { report.objects += try device.summaries(answered) }
            for destination in configuration.destinations {
                if let bytes = try message(answered, to: destination) {
                    report.messages.append((destination.name, bytes))
                }
            }
            return report
        } catch let failure as ReportFailure {
            throw failure
        } catch let status as RPCStatus {
            throw .trouble("a service answers \(status.code.connectName)")
        } catch let error as StorageError {
            throw .trouble("the store fails: \(error)")
        } catch {
            throw .impossible("\(error)")
        }
    }

    private func message(_ report: StudyReport, to destination: Destination) throws(ReportingError) -> Data? {
        switch destination.transport {
        case .stow, .dicom: nil
        case .fhir(_, let system): try FHIRBundle(report, from: device, patientIDSystem: system).json()
        case .mllp(_, let endpoint): try ObservationMessage(report, from: device, to: endpoint).encoded()
        case .webhook(_, _, let includesPatient):
            try StudyNotice(report, from: device, includesPatient: includesPatient).json()
        }
    }

    // MARK: - From ledger and blobs

    /// Reads the instances one after the other, each only as long as it is needed.
    private func gather(
        _ study: StudyRecord, _ claim: ReportClaim, into report: inout Report
    ) async throws -> StudyReport {
        var source: SourceStudy?
        var images: [ImageReport] = []
        var unread: [UnreadInstance] = []
        var series: [(uid: String, references: [InstanceReference], digests: [Digest])] = []
        for instance in study.instances {
            let bytes = try await blobs.bytes(of: instance.digest)
            let header = try DataSet(parsing: bytes)
            if source == nil { source = try SourceStudy(header) }
            guard instance.state == .answered else {
                // What has no SOP class cannot be referred to.
                if let reference = try? InstanceReference(header) {
                    unread.append(UnreadInstance(reference: reference, reason: instance.reason))
                }
                continue
            }
            let reference = try InstanceReference(header)
            if let answer = instance.answer {
                var response = try ClassifyResponse(serialized: answer)
                if configuration.kinds.contains(.heatMap), !response.isUngradable {
                    let maps = try await pictures.heatMaps(response, image: bytes)
                    for index in response.findings.indices {
                        response.findings[index].heatmapPNG = maps[response.findings[index].code] ?? Data()
                    }
                }
                let image = ImageReport(reference, response)
                images.append(image)
                if let source, image.findings.contains(where: { $0.heatMap != nil }) {
                    let context = studyReport(study, claim, source: source, images: [image], plans: [], unread: [])
                    let pixels = try ImageDecoder.decode(header).presented()
                    report.objects += try device.heatMaps(of: image, shown: pixels, in: context)
                }
            } else if let index = series.firstIndex(where: { $0.uid == instance.seriesInstanceUID }) {
                series[index].references.append(reference)
                series[index].digests.append(instance.digest)
            } else {
                series.append((instance.seriesInstanceUID, [reference], [instance.digest]))
            }
        }
        guard let source else { throw ReportFailure.impossible("the study has no instance") }
        var plans: [PlanReport] = []
        // Plans stand in the order in which the first instances of their series came.
        for (series, answer) in zip(series, study.plans) {
            var response = try PlanViewsResponse(serialized: answer)
            if configuration.kinds.contains(.reformat) {
                var instances: [Data] = []
                for digest in series.digests { instances.append(try await blobs.bytes(of: digest)) }
                response = try await pictures.reformatted(response, instances: instances)
            }
            plans.append(PlanReport(series.references, response))
        }
        let answered = studyReport(study, claim, source: source, images: images, plans: plans, unread: unread)
        for plan in plans { report.objects += try device.reformats(of: plan, in: answered) }
        return answered
    }

    private func studyReport(
        _ study: StudyRecord, _ claim: ReportClaim, source: SourceStudy, images: [ImageReport], plans: [PlanReport],
        unread: [UnreadInstance]
    ) -> StudyReport {
        StudyReport(
            source: source, images: images, plans: plans, unread: unread,
            priority: study.summary.flag.priority.name, isFlagged: study.summary.flag.isFlagged,
            completedAt: Date(timeIntervalSince1970: Double(claim.completedAt.milliseconds) / 1000),
            version: claim.version,
            predecessor: claim.predecessor.map { before in
                InstanceReference(
                    studyInstanceUID: claim.studyInstanceUID, seriesInstanceUID: before.seriesInstanceUID,
                    sopClassUID: before.sopClassUID, sopInstanceUID: before.sopInstanceUID, modality: before.modality)
            })
    }
}
