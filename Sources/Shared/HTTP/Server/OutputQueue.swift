import Foundation

/// Bytes on their way to a peer, in order. Small ones are gathered, large ones are kept as they are.
struct OutputQueue {
    private enum Piece {
        case gathered([UInt8])
        case whole(Data)

        func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
            switch self {
            case .gathered(let bytes): bytes.withUnsafeBytes(body)
            case .whole(let data): data.withUnsafeBytes(body)
            }
        }
    }

    /// From this size on, pointing at bytes is cheaper than copying them.
    private static let largeCount = 16 << 10

    private var pieces: [Piece] = []
    /// Bytes of the first piece that have left.
    private var offset = 0
    private(set) var count = 0
    var isEmpty: Bool { count == 0 }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        count += bytes.count
        if case .gathered(var last) = pieces.last, last.count < 4 * Self.largeCount {
            pieces.removeLast()
            last.append(contentsOf: bytes)
            pieces.append(.gathered(last))
        } else {
            pieces.append(.gathered([UInt8](bytes)))
        }
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    mutating func append(_ data: Data) {
        if data.count < Self.largeCount {
            data.withUnsafeBytes { append($0) }
        } else {
            count += data.count
            pieces.append(.whole(data))
        }
    }

    /// Gives `write` the first pieces until it takes no more.
    /// - Returns: what `write` said last, `.bytes` when all has left.
    mutating func drain(_ write: (UnsafeBufferPointer<iovec>) -> TransportOutcome) -> TransportOutcome {
        while !pieces.isEmpty {
            let outcome = withFirstPieces(write)
            guard case .bytes(let taken) = outcome else { return outcome }
            remove(taken)
        }
        return .bytes(0)
    }

    /// Two at a time: a head and its body leave together, and pointers stay inside their closures.
    private func withFirstPieces(_ write: (UnsafeBufferPointer<iovec>) -> TransportOutcome) -> TransportOutcome {
        pieces[0].withUnsafeBytes { first in
            let rest = UnsafeRawBufferPointer(rebasing: first[offset...])
            guard pieces.count > 1 else { return Self.withVectors([rest], write) }
            return pieces[1].withUnsafeBytes { Self.withVectors([rest, $0], write) }
        }
    }

    private static func withVectors(
        _ buffers: [UnsafeRawBufferPointer], _ write: (UnsafeBufferPointer<iovec>) -> TransportOutcome
    ) -> TransportOutcome {
        let vectors = buffers.map {
            iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }
        return vectors.withUnsafeBufferPointer(write)
    }

    private mutating func remove(_ taken: Int) {
        count -= taken
        offset += taken
        while let first = pieces.first {
            let length = first.withUnsafeBytes { $0.count }
            guard offset >= length else { return }
            offset -= length
            pieces.removeFirst()
        }
    }
}
