import Foundation

/// Bytes on their way to a peer, in order. Small ones are gathered, large ones are kept as they are.
struct OutputQueue {
    /// From this size on, in bytes, pointing at a piece is cheaper than copying it; memory up to it is kept for reuse.
    private static let largeCount = 16 << 10

    /// What leaves first.
    private var pieces: [Data] = []
    /// Small pieces behind them.
    private var gathered: [UInt8] = []
    /// Bytes of the first piece, or of `gathered` where there is none, that have left.
    private var offset = 0
    private(set) var count = 0
    var isEmpty: Bool { count == 0 }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        gathered.append(contentsOf: bytes)
    }

    mutating func append(_ text: String) {
        count += text.utf8.count
        gathered.append(contentsOf: text.utf8)
    }

    mutating func append(_ data: Data) {
        guard data.count >= Self.largeCount else { return data.withUnsafeBytes { append($0) } }
        if !gathered.isEmpty {
            pieces.append(Data(gathered))
            gathered = []
        }
        pieces.append(data)
        count += data.count
    }

    /// Gives `write` the first pieces until it takes no more.
    /// - Returns: what `write` said last, `.bytes` when all has left.
    mutating func drain(_ write: (UnsafeBufferPointer<iovec>) -> TransportOutcome) -> TransportOutcome {
        while count > 0 {
            let outcome = withFirstPieces(write)
            guard case .bytes(let taken) = outcome else { return outcome }
            remove(taken)
        }
        return .bytes(0)
    }

    /// Two at a time: a head and its body leave together, and pointers stay inside their closures.
    private func withFirstPieces(_ write: (UnsafeBufferPointer<iovec>) -> TransportOutcome) -> TransportOutcome {
        gathered.withUnsafeBytes { gathered in
            guard let first = pieces.first else { return Self.withVectors(gathered, offset, nil, write) }
            return first.withUnsafeBytes { first in
                guard pieces.count > 1 else { return Self.withVectors(first, offset, gathered, write) }
                return pieces[1].withUnsafeBytes { Self.withVectors(first, offset, $0, write) }
            }
        }
    }

    /// - Parameter offset: bytes of `first` that have left.
    private static func withVectors(
        _ first: UnsafeRawBufferPointer, _ offset: Int, _ second: UnsafeRawBufferPointer?,
        _ write: (UnsafeBufferPointer<iovec>) -> TransportOutcome
    ) -> TransportOutcome {
        withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
            vectors.initializeElement(at: 0, to: iovec(UnsafeRawBufferPointer(rebasing: first[offset...])))
            guard let second, !second.isEmpty else { return write(UnsafeBufferPointer(rebasing: vectors[..<1])) }
            vectors.initializeElement(at: 1, to: iovec(second))
            return write(UnsafeBufferPointer(vectors))
        }
    }

    private mutating func remove(_ taken: Int) {
        count -= taken
        offset += taken
        while let first = pieces.first {
            guard offset >= first.count else { return }
            offset -= first.count
            pieces.removeFirst()
        }
        if offset == gathered.count {
            gathered.removeAll(keepingCapacity: gathered.capacity <= Self.largeCount)
            offset = 0
        }
    }
}

extension iovec {
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
    }
}
