import Foundation
import Synchronization

/// Where in a journal the blobs stand that have no file yet.
final class UnfiledBlobs: Sendable {
    private struct Place: Equatable {
        let filling: JournalFilling
        let range: Range<Int>

        static func == (left: Place, right: Place) -> Bool {
            left.filling === right.filling && left.range == right.range
        }
    }

    private struct State {
        /// A blob may have come again before the first one was known to be on disk.
        var places: [Digest: [Place]] = [:]
        var byteCount = 0
    }

    private let state = Mutex(State())

    var byteCount: Int { state.withLock { $0.byteCount } }

    /// - Parameter offset: where the first of the records begins.
    func add(_ records: [WaitingRecord], in filling: JournalFilling, at offset: Int) {
        state.withLock { state in
            var offset = offset
            for record in records {
                let range = record.content.lowerBound + offset..<record.content.upperBound + offset
                if state.places[record.digest] == nil { state.byteCount += range.count }
                state.places[record.digest, default: []].append(Place(filling: filling, range: range))
                offset += record.byteCount
            }
        }
    }

    /// Those of one filling, in its order.
    func digests(in filling: JournalFilling) -> [Digest] {
        let found = state.withLock { state in
            state.places.compactMap { digest, places in
                places.first { $0.filling === filling }.map { (digest: digest, start: $0.range.lowerBound) }
            }
        }
        return found.sorted { $0.start < $1.start }.map(\.digest)
    }

    /// Hands over a blob to have its file made, and forgets it then. Does nothing where it is not here.
    func file(_ digest: Digest, _ make: (Blob) throws(StorageError) -> Void) throws(StorageError) {
        let places = state.withLock { state in
            let places = state.places[digest] ?? []
            // Nobody writes over them while they are read.
            for place in places { place.filling.dependents.enter() }
            return places
        }
        guard let count = places.first?.range.count else { return }
        defer { for place in places { place.filling.dependents.leave() } }
        // Of what could not be synced nobody was told that it is here.
        let isOnDisk = { (place: Place) in (try? place.filling.synchronise(upTo: place.range.upperBound)) != nil }
        if let place = places.first(where: isOnDisk) {
            try make(Blob(digest: digest, bytes: try place.filling.segment.read(place.range)))
        }
        state.withLock { state in
            guard let now = state.places[digest] else { return }
            // What came meanwhile is looked at by itself, and found to have its file.
            let rest = now.filter { !places.contains($0) }
            state.places[digest] = rest.isEmpty ? nil : rest
            if rest.isEmpty { state.byteCount -= count }
        }
    }
}
