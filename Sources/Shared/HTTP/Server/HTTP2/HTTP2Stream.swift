import Foundation

/// One request and its answer on an HTTP/2 connection; lives on the loop's thread.
final class HTTP2Stream {
    /// The head as it comes in, field by field.
    struct Head {
        private(set) var method = ""
        private(set) var path = ""
        private(set) var authority: String?
        private(set) var fields = HTTPFields(capacity: 8)
        private var count = 0
        private var bytes = 0
        /// Set once the head is larger than it may be; what follows is dropped.
        private(set) var violation: HTTP1Violation?

        mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, limits: HTTPLimits) {
            guard violation == nil else { return }
            let isPseudo = name.first == UInt8(ascii: ":")
            let name = String(decoding: name, as: UTF8.self)
            if isPseudo, name == ":path" {
                guard value.count <= limits.maxTargetBytes else {
                    violation = .targetTooLong(limit: limits.maxTargetBytes)
                    return
                }
            } else {
                count += 1
                bytes += name.utf8.count + value.count
                guard bytes <= limits.maxHeaderBytes, count <= limits.maxHeaderCount + 4 else {
                    violation = .fieldsTooLarge
                    return
                }
            }
            let value = String(decoding: value, as: UTF8.self)
            if isPseudo {
                setPseudo(name, value)
            } else {
                fields.append(HTTPFields.Field(lowercaseName: name, value: value))  // nghttp2 takes no others
            }
        }

        /// Takes a pseudo-header field (RFC 9113 §8.3.1); nghttp2 lets through those of a request alone.
        private mutating func setPseudo(_ name: String, _ value: String) {
            switch name {
            case ":method": method = value
            case ":path": path = value
            case ":authority": authority = value
            default: break
            }
        }

        /// The request, without its body.
        func request(remoteAddress: String) throws(HTTP1Violation) -> HTTPRequest {
            if let violation { throw violation }
            let target = try RequestTarget(path, method: method)
            return HTTPRequest(
                method: method, path: target.path, query: target.query, authority: authority ?? fields["host"],
                fields: fields, version: .http2, remoteAddress: remoteAddress)
        }
    }

    /// What is left to send of the answer's body.
    struct Outgoing {
        private var chunks: [Data] = []
        private var offset = 0
        private(set) var count = 0
        private(set) var isEnded = false
        private var trailers: HTTPFields?
        var hasTrailers: Bool { trailers?.isEmpty == false }
        /// Whether nothing follows the head, not even trailers.
        var isSpent: Bool { isEnded && count == 0 && !hasTrailers }

        mutating func append(_ data: Data) {
            guard !data.isEmpty else { return }
            chunks.append(data)
            count += data.count
        }

        mutating func end(trailers: HTTPFields?) {
            isEnded = true
            self.trailers = trailers
        }

        /// Moves as much as fits into `buffer`.
        mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) -> HTTP2BodyStep {
            var filled = 0
            while filled < buffer.count, let first = chunks.first {
                let taken = min(first.count - offset, buffer.count - filled)
                first.withUnsafeBytes { bytes in
                    let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + taken])
                    UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyMemory(from: part)
                }
                filled += taken
                offset += taken
                if offset == first.count {
                    chunks.removeFirst()
                    offset = 0
                }
            }
            count -= filled
            if isEnded, count == 0 { return .last(filled, trailers: trailers) }
            return filled > 0 ? .bytes(filled) : .later
        }
    }

    let id: Int32
    var head = Head()
    /// Bytes of the request's body that came before its handler started.
    var early = Data()
    var hasStarted = false
    var isClosed = false
    /// Where the rest of the body goes; nil where the request came whole.
    var body: BodyChannel?
    var task: Task<Void, Never>?
    var hasTaskEnded = false
    var hasWholeRequest = false
    var bodyBytes = 0
    /// Set once the head has come.
    var maxBodyBytes = 0
    var hasAnswered = false
    /// Set once the answer has left before the request came whole: when to reset the stream.
    var lingersUntil: ContinuousClock.Instant?
    var isHead = false
    var outgoing = Outgoing()
    var writers: [CheckedContinuation<Bool, Never>] = []
    /// Bytes of the body that are kept, here or in the whole that the handler waits for or has.
    var keptBytes = 0
    var pace: BodyPace
    /// The last instant at which the peer took bytes of the answer, or there was nothing to take.
    var lastOutgoing: ContinuousClock.Instant

    init(_ id: Int32, minBodyRate: Int, at now: ContinuousClock.Instant) {
        self.id = id
        pace = BodyPace(minRate: minBodyRate, at: now)
        lastOutgoing = now
    }

    /// The peer has left, or gave up this request.
    func cancel() {
        isClosed = true
        body?.finish(.bodyTruncated, keepsBuffered: true)
        if !hasTaskEnded { task?.cancel() }
        for writer in writers { writer.resume(returning: false) }
        writers = []
    }
}
