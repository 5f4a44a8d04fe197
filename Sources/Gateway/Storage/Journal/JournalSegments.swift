import Dispatch
import Foundation
import Synchronization

/// The segments of a journal that can be filled from their beginnings. They are made when they are worth while: two once
/// some blobs have come, and one more whenever the last is taken, as long as the disk has plenty of room. Where it has
/// little, they are removed again.
final class JournalSegments: Sendable {
    /// Blobs after which a journal is worth its making.
    private static let firstBlobs = 32
    /// How many there are at least, so that one can be filled while another is emptied.
    private static let leastCount = 2
    /// What is free has to be so many times the journal for one more, and to keep what there is.
    private static let (roomToGrow, roomToKeep) = (8, 4)

    private struct State {
        /// Blobs that have come.
        var seen = 0
        var free: [JournalSegment] = []
        /// Segments that were made or are being made.
        var count = 0
        /// For the name of the next one.
        var number = 0
        /// None could be made: the disk is left alone until the next start.
        var hasFailed = false
    }

    private let folder: String
    private let limit: Int
    private let state = Mutex(State())
    private let making = DispatchQueue(label: "hilum.journal.making")

    /// - Parameter limit: how many there are at most.
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

    /// How many may be full without being emptied: with the one that is filled, half of all.
    var fullCount: Int { max(0, state.withLock { $0.count } / 2 - 1) }

    /// Whether there are segments, or soon will be.
    func areWorthWhile(for count: Int) -> Bool {
        state.withLock { state in
            guard state.count == 0 else { return true }
            state.seen += count
            if state.seen > Self.firstBlobs { for _ in 0..<Self.leastCount { make(&state) } }
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

    /// To be called when nothing depends on what stands there.
    func giveBack(_ segment: JournalSegment) {
        state.withLock { state in
            state.free.append(segment)
            while state.count > Self.leastCount, !hasRoom(for: state.count, times: Self.roomToKeep),
                let last = state.free.popLast()
            {
                last.remove()
                state.count -= 1
            }
        }
    }

    /// Has one more made, where there may be more.
    private func make(_ state: inout State) {
        guard !state.hasFailed, state.count < limit,
            state.count < Self.leastCount || hasRoom(for: state.count + 1, times: Self.roomToGrow)
        else { return }
        let path = "\(folder)/\(Self.prefix)\(state.number)"
        state.count += 1
        state.number += 1
        making.async { [weak self] in
            do throws(StorageError) {
                self?.giveBack(try JournalSegment(path: path))
            } catch {
                self?.state.withLock { state in
                    state.hasFailed = true
                    state.count -= 1
                }
            }
        }
    }

    private func hasRoom(for count: Int, times: Int) -> Bool {
        DiskSpace.free(of: folder).map { $0 / times >= count * JournalSegment.byteCount } ?? false
    }
}
