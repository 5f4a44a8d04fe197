package import Foundation
import RPC
package import ServiceKit
import Wire

/// The heat maps of a stored radiograph. The ledger keeps none: they are made anew when somebody looks.
package struct HeatmapSource: Sendable {
    private let ledger: any Ledger
    private let blobs: BlobStore
    private let classifier: BackendPool
    private let admission: AdmissionQueue
    /// As long as a reader waits.
    private let timeout = Duration.seconds(60)

    /// - Parameter admission: bounds how many images are out at the same time.
    package init(ledger: any Ledger, blobs: BlobStore, classifier: BackendPool, admission: AdmissionQueue) {
        self.ledger = ledger
        self.blobs = blobs
        self.classifier = classifier
        self.admission = admission
    }

    /// One 8-bit grey PNG for each finding, in the coordinates of the image (`Finding.heatmap_png`).
    ///
    /// - Throws: `GatewayError.unknownStudy` where the study does not hold the instance, `AdmissionError`, or what the
    ///   classifier answers.
    package func heatmaps(study: String, instance: String) async throws -> [String: Data] {
        let record = try await ledger.study(study)
        guard let held = record?.instances.first(where: { $0.sopInstanceUID == instance }) else {
            throw GatewayError.unknownStudy
        }
        let request = ClassifyRequest(
            image: try await blobs.bytes(of: held.digest), mediaType: "application/dicom", includeHeatmaps: true)
        let response = try await admission.run(deadline: .now + timeout) { _ in
            try await classifier.unary(ClassifierServiceMethods.classify, request, timeout: timeout)
        }
        return Dictionary(
            response.findings.filter { !$0.heatmapPNG.isEmpty }.map { ($0.code, $0.heatmapPNG) },
            uniquingKeysWith: { first, _ in first })
    }
}
