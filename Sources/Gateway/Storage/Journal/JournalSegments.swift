import Dispatch
import Foundation
import Synchronization

/// The segments of a journal that can be filled from their beginnings. They are made when they are worth while: two once
/// some blobs have come, and one more whenever the last is taken.
final class JournalSegments: Sendable {
    /// Blobs after which a journal is worth its making.
    private static let firstBlobs = 32

    private struct State {
        /// Blobs that have come.
        var seen = 0
        var free: [JournalSegment] = []
        /// Segments that were made or are being made.
        var count = 0
    }

    private let folder: String
    /// How many there are at most.
    let limit: Int
    private let state = Mutex(State())
    private let making = DispatchQueue(label: "hilum.journal.making")

    init(folder: String, limit: Int) {
        self.folder = folder
        self.limit = limit
    }

    /// The files of all segments in a folder.
    static func paths(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(prefix) }.map { folder + "/" + $0 }
    }

    private static let prefix = "journal."

    /// Whether there are segments, or soon will be.
    func areWorthWhile(for count: Int) -> Bool {
        state.withLock { state in
            guard state.count == 0 else { return true }
            state.seen += count
            if state.seen > Self.firstBlobs { for _ in 0..<2 { make(&state) } }
            return false
        }
    }

    /// One that is free; nil while none is.
    func take() -> JournalSegment? {
        state.withLock { state in
            let taken = state.free.popLast()
            if state.free.isEmpty { make(&state) }
            return taken
        }
    }

    func giveBack(_ segment: JournalSegment) { state.withLock { $0.free.append(segment) } }

    /// Has one more made, where there may be more.
    private func make(_ state: inout State) {
        guard state.count < limit else { return }
        let path = "\(folder)/\(Self.prefix)\(state.count)"
        state.count += 1
        making.async { [weak self] in
            // What has no room now is not asked for again: there is less to come.
            if let segment = try? JournalSegment(path: path) { self?.giveBack(segment) }
        }
    }
}
