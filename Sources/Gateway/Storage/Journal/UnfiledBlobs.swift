import Foundation
import Synchronization

/// Where in a journal the blobs stand that have no file yet.
final class UnfiledBlobs: Sendable {
    private struct Place {
        let segment: JournalSegment
        let range: Range<Int>
    }

    private struct State {
        var places: [Digest: Place] = [:]
        var byteCount = 0
    }

    private let state = Mutex(State())

    var byteCount: Int { state.withLock { $0.byteCount } }

    /// What stands here already stays where it came first: somebody may have been told that it is on disk.
    ///
    /// - Parameters:
    ///   - note: that stands with each of them.
    ///   - offset: where the record of the first one begins.
    func add(_ blobs: [Blob], note: Data, in segment: JournalSegment, at offset: Int) {
        state.withLock { state in
            var offset = offset
            for blob in blobs {
                let start = offset + JournalRecord.headBytes + note.count
                offset += JournalRecord.byteCount(of: blob, note: note)
                let before = state.places[blob.digest]
                if let before, !before.segment.hasFailed { continue }
                state.places[blob.digest] = Place(segment: segment, range: start..<start + blob.bytes.count)
                if before == nil { state.byteCount += blob.bytes.count }
            }
        }
    }

    /// Those of one segment, in its order.
    func digests(in segment: JournalSegment) -> [Digest] {
        state.withLock { $0.places.filter { $0.value.segment === segment } }
            .sorted { $0.value.range.lowerBound < $1.value.range.lowerBound }.map(\.key)
    }

    /// Hands over a blob to have its file made, and forgets it then. Does nothing where it is not here.
    func file(_ digest: Digest, _ make: (Blob) throws(StorageError) -> Void) throws(StorageError) {
        let found = state.withLock { state in
            let place = state.places[digest]
            // Nobody writes over it while it is read.
            place?.segment.dependents.enter()
            return place
        }
        guard let place = found else { return }
        defer { place.segment.dependents.leave() }
        let bytes = try place.segment.read(place.range)
        // What could not be synced may have come back from the disk as something else; nobody was told that it is here.
        let isSound = place.segment.hasFailed ? try Digest(of: bytes) == digest : true
        if isSound { try make(Blob(digest: digest, bytes: bytes)) }
        state.withLock { state in
            guard let now = state.places[digest], now.segment === place.segment, now.range == place.range
            else { return }
            state.places[digest] = nil
            state.byteCount -= place.range.count
        }
    }
}
