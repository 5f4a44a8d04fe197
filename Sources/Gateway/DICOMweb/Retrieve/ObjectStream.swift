import DICOMweb
import Foundation
import HTTP
import Imaging
import ServiceKit

/// The body of an answer with instances; used by one task.
final class ObjectStream {
    /// Bytes that are read at a time.
    private static let pieceBytes = 256 << 10

    private enum Content {
        case file(BlobReader, offset: Int)
        case memory(Data)
    }

    private var instances: PagedInstances
    private let transaction: RetrieveTransaction
    private let syntax: RequestedSyntax
    /// Nil where one instance comes without parts around it.
    private let writer: MultipartWriter?
    private let url: (Resource.Scope) -> String
    private var content: Content?
    private var hasEnded = false

    init(
        _ instances: PagedInstances, transaction: RetrieveTransaction, syntax: RequestedSyntax,
        writer: MultipartWriter?, url: @escaping (Resource.Scope) -> String
    ) {
        self.instances = instances
        self.transaction = transaction
        self.syntax = syntax
        self.writer = writer
        self.url = url
    }

    func next() async throws -> Data? {
        while !hasEnded {
            if let piece = try await nextPiece() { return piece }
            guard let instance = try await instances.next() else {
                hasEnded = true
                return writer?.tail
            }
            if let head = try await open(instance) { return head }
        }
        return nil
    }

    private func nextPiece() async throws -> Data? {
        switch content {
        case nil: return nil
        case .memory(let bytes):
            content = bytes.count > Self.pieceBytes ? .memory(bytes.dropFirst(Self.pieceBytes)) : nil
            return bytes.prefix(Self.pieceBytes)
        case .file(let reader, let offset):
            let piece = try await offload { _ in try reader.read(from: offset, count: Self.pieceBytes) }
            content = piece.isEmpty ? nil : .file(reader, offset: offset + piece.count)
            return piece.isEmpty ? nil : piece
        }
    }

    /// Gives the head of the part, and the preamble where the file lacks one.
    private func open(_ instance: HeldInstance) async throws -> Data? {
        let transaction = transaction
        var syntaxUID = instance.transferSyntaxUID
        let reader = try transaction.blobs.reader(of: instance.digest)
        let beginning = try await reader.beginning()
        content = .file(reader, offset: 0)
        var preamble = beginning == .noPreamble ? FileBeginning.preamble : Data()
        if let target = syntax.target(from: instance.transferSyntaxUID, beginning) {
            do {
                let bytes = try await transaction.work {
                    try transaction.dataSet(of: instance).transcoded(to: target)
                }
                content = .memory(bytes)
                preamble = Data()
                syntaxUID = target.rawValue
            } catch let problem as Problem {
                // Who did not name a syntax takes what there is.
                if case .syntax = syntax { throw problem }
                guard problem.status == 406 else { throw problem }
            }
        }
        let type = ContentType(
            "application/dicom", parameters: syntaxUID.isEmpty ? [:] : ["transfer-syntax": syntaxUID])
        let head = writer?.head(["content-type": type.text, "content-location": url(instance.scope)]) ?? Data()
        return head.isEmpty && preamble.isEmpty ? nil : head + preamble
    }
}
