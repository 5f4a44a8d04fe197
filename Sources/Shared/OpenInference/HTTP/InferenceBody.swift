import Foundation
import HTTP

/// The body of a request: JSON, and after it the bytes of binary tensors (Triton's binary tensor data extension).
struct InferenceBody {
    /// The name of the field that says how long the JSON is.
    static let headerLengthField = "inference-header-content-length"

    let json: Data
    let binary: Data

    /// Reads and inflates a body.
    ///
    /// - Parameter limit: of the body as sent and of its inflated form, bytes.
    /// - Throws: `HTTPError`, `InferenceError.unknownContentEncoding`, `.malformedContentEncoding`,
    ///   `.wrongHeaderLength`.
    init(_ request: HTTPRequest, limit: Int) async throws {
        let sent = try await request.body.collect(limit: limit)
        let bytes = try Self.inflated(sent, request.fields["content-encoding"], limit: limit)
        guard let text = request.fields[Self.headerLengthField] else {
            json = bytes
            binary = Data()
            return
        }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text), length <= bytes.count else {
            throw InferenceError.wrongHeaderLength(body: bytes.count)
        }
        json = bytes.prefix(length)
        binary = bytes.dropFirst(length)
    }

    private static func inflated(_ sent: Data, _ encoding: String?, limit: Int) throws -> Data {
        let wrapping: Gzip.Wrapping
        switch encoding?.trimmingHTTPWhitespace.lowercasedASCII {
        case nil, "", "identity": return sent
        case "gzip", "x-gzip": wrapping = .gzip
        case "deflate": wrapping = .zlib
        default: throw InferenceError.unknownContentEncoding
        }
        do {
            return try Gzip.inflate(sent, limit: limit, wrapping)
        } catch {
            switch error {
            case .tooLarge: throw HTTPError.bodyTooLarge(limit: limit)
            case .notGzip, .outOfMemory: throw InferenceError.malformedContentEncoding
            }
        }
    }
}
