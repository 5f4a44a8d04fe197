import DICOMweb
import Foundation
import HTTP
import Imaging
package import ServiceKit

/// Retrieve (WADO-RS, PS3.18 §10.4). Bodies are made while they are sent, a piece at a time, so that neither a study
/// nor a large instance is in memory.
package struct RetrieveTransaction: Sendable {
    let index: any InstanceIndex
    let blobs: BlobStore
    /// Bounds how many images are decoded at the same time.
    let admission: AdmissionQueue

    package init(index: any InstanceIndex, blobs: BlobStore, admission: AdmissionQueue) {
        self.index = index
        self.blobs = blobs
        self.admission = admission
    }

    /// Instances as files.
    func objects(_ scope: Resource.Scope, _ call: DICOMwebCall) async throws -> HTTPResponse {
        let first = try await first(of: scope)
        let chosen = try ObjectForm(call.accept, isInstance: scope.sopInstanceUID != nil)
        if case .syntax = chosen.syntax { try await check(scope, chosen.syntax) }
        let isSingle = !chosen.isMultipart
        let writer = MultipartWriter()
        let syntax = chosen.syntax
        let fields: HTTPFields = [
            "content-type": isSingle ? ContentType.dicom.essence : writer.contentType(.dicom),
            "cache-control": "no-store",
        ]
        // Opened now, so that what is gone is told by the status.
        let file = try blobs.reader(of: first.digest)
        let length = isSingle ? try await length(of: first, file, syntax) : nil
        return HTTPResponse(
            status: 200, fields: fields,
            body: .pulled(length: length) {
                let stream = ObjectStream(
                    PagedInstances(index, scope), transaction: self, syntax: syntax, writer: isSingle ? nil : writer,
                    url: call.url)
                return { try await stream.next() }
            })
    }

    /// How many bytes an instance is sent as; nil where it has to be written anew first.
    private func length(
        of instance: HeldInstance, _ file: BlobReader, _ syntax: RequestedSyntax
    ) async throws -> Int? {
        let beginning = try await file.beginning()
        guard syntax.target(from: instance.transferSyntaxUID, beginning) == nil else { return nil }
        return instance.byteCount + (beginning == .noPreamble ? FileBeginning.preamble.count : 0)
    }

    /// Headers in the DICOM JSON model.
    func metadata(_ scope: Resource.Scope, _ call: DICOMwebCall) async throws -> HTTPResponse {
        let offers: [ContentType] = [.dicomJSON, .json]
        guard let type = call.accept.best(of: offers) else { throw Problem.notAcceptable(offers.map(\.essence)) }
        _ = try blobs.reader(of: try await first(of: scope).digest)
        return HTTPResponse(
            status: 200, fields: ["content-type": type.essence, "cache-control": "no-store"],
            body: .pulled {
                let stream = MetadataStream(PagedInstances(index, scope), transaction: self, url: call.url)
                return { try await stream.next() }
            })
    }

    // MARK: Shared by the views of pixels

    /// The first instance of a study, a series, or the instance itself.
    func first(of scope: Resource.Scope) async throws -> HeldInstance {
        guard let first = try await index.instances(of: scope, after: 0, limit: 1).first else {
            throw Problem.notFound
        }
        return first
    }

    /// The data set of an instance, its large values left on disk.
    func dataSet(of instance: HeldInstance) throws -> DataSet {
        try DataSet(parsing: try blobs.mapped(instance.digest))
    }

    /// Does work on an image within the bounds; what the image is to blame for is told as 406.
    func work<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        do {
            return try await admission.run { _ in try await offload { _ in try body() } }
        } catch let error as ImagingError {
            throw Problem(error)
        }
    }

    /// Whether every instance can be had in the transfer syntax that was asked for.
    private func check(_ scope: Resource.Scope, _ syntax: RequestedSyntax) async throws {
        var pages = PagedInstances(index, scope)
        while let instance = try await pages.next() {
            guard syntax.canMake(from: instance.transferSyntaxUID) else {
                throw Problem(406, "Not every instance can be had in this transfer syntax; ask for transfer-syntax=*.")
            }
        }
    }
}

extension Problem {
    /// Why an instance cannot be shown as it was asked for.
    init(_ error: ImagingError) {
        switch error {
        case .fewerFrames: self = Problem(404, "The instance has no such frame.")
        case .missingAttribute: self = Problem(406, "The instance has no pixels that could be shown.")
        case .outOfMemory: self = Problem(503, "The gateway is out of memory.")
        case .limitExceeded: self = Problem(406, "The image is too large to be decoded here; ask for it as stored.")
        default: self = Problem(406, "The instance cannot be decoded; ask for transfer-syntax=*.")
        }
    }
}
