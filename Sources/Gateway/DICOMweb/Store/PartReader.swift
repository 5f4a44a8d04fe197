import DICOMweb
import Foundation
import HTTP
import ServiceKit

/// The instances of a body, one after the other: small ones in memory, large ones in the files that become their blobs.
///
/// To be used where a thread may wait for the disk.
struct PartReader {
    enum Part {
        case instance(Blob)
        /// A part that is no DICOM file.
        case refused
    }

    /// An instance of more bytes than this goes to a file.
    private static let memoryBytes = 1 << 20
    private static let accepted = ["multipart/related; type=\"application/dicom\"", "application/dicom"]

    private let blobs: BlobStore
    private let limits: MultipartParser.Limits
    /// Nil where the body is one instance.
    private var parser: MultipartParser?
    private var isDICOM = true
    private var held = Data()
    private var count = 0
    private var file: SpoolFile?

    /// - Throws: `Problem` 415 where the body is something else, `MultipartError.boundary`.
    init(_ type: ContentType?, blobs: BlobStore, limits: MultipartParser.Limits) throws {
        self.blobs = blobs
        self.limits = limits
        switch type?.essence {
        case "multipart/related" where type?.partEssence ?? ContentType.dicom.essence == ContentType.dicom.essence:
            parser = try MultipartParser(boundary: type?.parameters["boundary"] ?? "", limits: limits)
        case ContentType.dicom.essence: parser = nil
        default: throw Problem.unsupportedMediaType(Self.accepted)
        }
    }

    /// Takes the next bytes of the body; the parts that end in them are added to `parts`, also those before an error.
    mutating func read(_ chunk: Data, into parts: inout [Part]) throws {
        guard parser != nil else {
            guard count + chunk.count <= limits.partBytes else {
                throw MultipartError.partTooLong(limit: limits.partBytes)
            }
            return try append(chunk)
        }
        var events: [MultipartParser.Event] = []
        let outcome = Result { try parser?.push(chunk, into: &events) }
        for event in events {
            switch event {
            case .partBegan(let fields):
                let type = fields["content-type"].flatMap { ContentType(parsing: $0)?.essence }
                let encoding = fields["content-transfer-encoding"]?.lowercased() ?? "binary"
                isDICOM =
                    [nil, ContentType.dicom.essence].contains(type) && ["binary", "8bit", "7bit"].contains(encoding)
            case .bytes(let bytes): if isDICOM { try append(bytes) }
            case .partEnded: parts.append(isDICOM ? try takePart() : .refused)
            }
        }
        _ = try outcome.get()
    }

    /// The instance that the whole body was, if it was one.
    ///
    /// - Throws: `MultipartError.truncated`.
    mutating func finish() throws -> Part? {
        if let parser {
            try parser.finish()
            return nil
        }
        return count > 0 ? try takePart() : nil
    }

    private mutating func append(_ bytes: Data) throws {
        count += bytes.count
        guard count > Self.memoryBytes else {
            // What comes in one piece is not copied.
            if held.isEmpty { held = bytes } else { held.append(bytes) }
            return
        }
        let target = try file ?? blobs.spool()
        file = target
        for piece in [held, bytes] { try piece.withUnsafeBytes { try target.write($0) } }
        held = Data()
    }

    private mutating func takePart() throws -> Part {
        defer {
            held = Data()
            count = 0
            file = nil
        }
        if let file { return .instance(try Blob(file)) }
        return .instance(try Blob(held))
    }
}
