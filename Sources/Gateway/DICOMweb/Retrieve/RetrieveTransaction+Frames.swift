import DICOMweb
import Foundation
import HTTP
import Imaging

extension RetrieveTransaction {
    /// Frames as samples of full depth, or as they are stored.
    func frames(_ numbers: [Int], of scope: Resource.Scope, _ call: DICOMwebCall) async throws -> HTTPResponse {
        let instance = try await first(of: scope)
        let transaction = self
        let reader = try await work { try FrameReader(try transaction.dataSet(of: instance)) }
        guard numbers.allSatisfy({ $0 <= reader.frameCount }) else {
            throw Problem(404, "The instance has no such frame.")
        }
        let form = try FrameForm(
            call.accept, isSingle: numbers.count == 1,
            stored: reader.isEncapsulated ? instance.transferSyntaxUID : nil)
        let parts = numbers.map { number in
            Part(
                type: form.type,
                location: "\(call.url(scope))/frames/\(number)",
                bytes: {
                    try await transaction.work {
                        form.isStored ? try reader.stored(number - 1) : try reader.native(number - 1)
                    }
                })
        }
        return response(parts, isMultipart: form.isMultipart)
    }

    /// A large value of a header, or the pixel data.
    func bulkData(_ path: BulkDataPath, of scope: Resource.Scope, _ call: DICOMwebCall) async throws -> HTTPResponse {
        let instance = try await first(of: scope)
        let transaction = self
        let dataSet = try await work { try transaction.dataSet(of: instance) }
        guard let holder = path.holder(in: dataSet), let (vr, byteCount) = holder.information(path.tag), vr != "SQ"
        else { throw Problem(404, "The instance has no such value.") }
        if path.tag == .pixelData, path.steps.isEmpty, !dataSet.fragmentSizes.isEmpty {
            let reader = try await work { try FrameReader(dataSet) }
            return try await frames(Array(1...reader.frameCount), of: scope, call)
        }
        let form = try FrameForm(call.accept, isSingle: true, stored: nil)
        let part = Part(
            type: .octetStream, location: "\(call.url(scope))/bulkdata/\(path.text)",
            bytes: {
                try await transaction.work {
                    guard let bytes = try holder.bytes(path.tag) else { throw Problem.notFound }
                    return bytes
                }
            })
        guard byteCount > Self.wholeValueBytes else { return response([part], isMultipart: form.isMultipart) }
        return largeValue(holder, path.tag, byteCount: byteCount, part, isMultipart: form.isMultipart)
    }

    /// Values of more bytes than this are sent piece by piece.
    private static let wholeValueBytes = 1 << 20

    private func largeValue(
        _ holder: DataSet, _ tag: Tag, byteCount: Int, _ part: Part, isMultipart: Bool
    ) -> HTTPResponse {
        let writer = MultipartWriter()
        let transaction = self
        let type = isMultipart ? writer.contentType(part.type) : part.type.text
        return HTTPResponse(
            status: 200, fields: ["content-type": type, "cache-control": "no-store"],
            body: .pulled(length: isMultipart ? nil : byteCount) {
                var offset = 0
                var head = isMultipart ? writer.head(part.fields) : nil
                var tail = isMultipart ? writer.tail : nil
                return {
                    if let first = head.take() { return first }
                    guard offset < byteCount else { return tail.take() }
                    let (start, count) = (offset, min(Self.wholeValueBytes, byteCount - offset))
                    offset += count
                    return try await transaction.work {
                        var piece = Data(count: count)
                        var failure: ImagingError?
                        piece.withUnsafeMutableBytes { buffer in
                            do throws(ImagingError) {
                                try holder.read(tag, from: start, into: buffer)
                            } catch {
                                failure = error
                            }
                        }
                        if let failure { throw failure }
                        return piece
                    }
                }
            })
    }

    /// One part of an answer, made when its turn comes.
    struct Part: Sendable {
        let type: ContentType
        let location: String
        /// Nil leaves the part out.
        let bytes: @Sendable () async throws -> Data?

        var fields: HTTPFields { ["content-type": type.text, "content-location": location] }
    }

    /// Parts known by number beforehand, one after the other.
    func response(_ parts: [Part], isMultipart: Bool) -> HTTPResponse {
        let writer = MultipartWriter()
        let type = parts.first?.type ?? .octetStream
        return HTTPResponse(
            status: 200,
            fields: [
                "content-type": isMultipart ? writer.contentType(type) : type.text, "cache-control": "no-store",
            ],
            body: .pulled {
                var rest = parts[...]
                var tail = isMultipart ? writer.tail : nil
                return {
                    while let part = rest.popFirst() {
                        guard let bytes = try await part.bytes() else { continue }
                        return isMultipart ? writer.head(part.fields) + bytes : bytes
                    }
                    return tail.take()
                }
            })
    }
}

/// In which form a client wants frames.
struct FrameForm: Equatable {
    let isMultipart: Bool
    /// As stored, compressed; else native samples.
    let isStored: Bool
    /// Of a frame.
    let type: ContentType

    private static let native = ContentType(
        "application/octet-stream", parameters: ["transfer-syntax": TransferSyntax.explicitVRLittleEndian.rawValue])

    /// - Parameters:
    ///   - isSingle: one frame may come without parts around it.
    ///   - stored: the transfer syntax of compressed frames; nil where they are native.
    /// - Throws: `Problem` 406.
    init(_ accept: Accept, isSingle: Bool, stored: String?) throws {
        for range in accept.ranges where range.quality > 0 {
            let syntax = RequestedSyntax(range.type.parameters["transfer-syntax"])
            let isMultipart = range.type.covers("multipart/related")
            guard isMultipart || isSingle else { continue }
            let wanted = isMultipart ? ContentType(range.type.partEssence ?? "*/*") : range.type
            guard let isStored = Self.isStored(wanted, syntax, stored: stored) else { continue }
            self.isMultipart = isMultipart
            self.isStored = isStored
            type = isStored ? Self.compressed(stored ?? "") : Self.native
            return
        }
        throw Problem.notAcceptable([
            "multipart/related; type=\"application/octet-stream\"", "application/octet-stream for one frame",
        ])
    }

    /// Nil where the frames cannot be had like this.
    private static func isStored(_ wanted: ContentType, _ syntax: RequestedSyntax, stored: String?) -> Bool? {
        if let stored, wanted.covers(compressed(stored).essence) {
            if syntax == .asStored || syntax == .syntax(stored) { return true }
            if syntax == .unstated, wanted.essence == compressed(stored).essence, wanted.essence != native.essence {
                return true
            }
        }
        guard wanted.covers(native.essence) else { return nil }
        switch syntax {
        case .unstated, .syntax(TransferSyntax.explicitVRLittleEndian.rawValue): return false
        case .asStored where stored == nil: return false
        default: return nil
        }
    }

    /// PS3.18 §8.7.3.3: the media types of compressed frames.
    private static func compressed(_ syntax: String) -> ContentType {
        let type =
            switch TransferSyntax(rawValue: syntax) {
            case .jpegBaseline, .jpegExtended, .jpegLossless, .jpegLosslessSV1: "image/jpeg"
            case .jpegLSLossless, .jpegLSNearLossless: "image/jls"
            case .jpeg2000Lossless, .jpeg2000: "image/jp2"
            case .rleLossless: "image/dicom-rle"
            default: "application/octet-stream"
            }
        return ContentType(type, parameters: ["transfer-syntax": syntax])
    }
}
