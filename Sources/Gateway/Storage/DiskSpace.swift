import Foundation
import Synchronization

/// Refuses new work before the disk is full: below one watermark nothing is taken, until there is room above a second.
///
/// What is refused cost no space, and what was taken before still has room for its answers.
package final class DiskSpace: Sendable {
    private struct State {
        /// Free bytes, less what was taken since they were read.
        var free: Int
        var readAt: ContinuousClock.Instant?
        var isRefusing = false
    }

    /// Free bytes below which nothing is taken.
    package let lowWatermark: Int
    /// Free bytes from which on it is taken again.
    package let highWatermark: Int
    private let readFree: @Sendable () -> Int?
    private let state = Mutex(State(free: 0))

    /// How long a reading is believed.
    private static let validity = Duration.milliseconds(500)

    /// - Parameter readFree: free bytes of the file system; nil when they cannot be read.
    package init(lowWatermark: Int, highWatermark: Int, readFree: @escaping @Sendable () -> Int?) {
        self.lowWatermark = lowWatermark
        self.highWatermark = max(highWatermark, lowWatermark)
        self.readFree = readFree
    }

    /// The file system of a folder.
    ///
    /// - Parameter promised: bytes of it that will be taken by what is there already.
    package convenience init(
        folder: String, lowWatermark: Int, highWatermark: Int, promised: @escaping @Sendable () -> Int
    ) {
        self.init(lowWatermark: lowWatermark, highWatermark: highWatermark) {
            Self.free(of: folder).map { $0 - promised() }
        }
    }

    /// Free bytes of the file system of a folder; nil when they cannot be read.
    static func free(of folder: String) -> Int? {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
    }

    /// Free bytes now; nil when they cannot be read.
    package var free: Int? { readFree() }

    /// Returns when there is room for so many bytes more.
    ///
    /// - Throws: `StorageError.belowWatermark`. A disk that cannot be read is left to fail by itself.
    package func admit(_ bytes: Int, now: ContinuousClock.Instant = .now) throws(StorageError) {
        let isRefused = state.withLock { state in
            if state.readAt.map({ now - $0 >= Self.validity }) ?? true {
                guard let free = readFree() else { return false }
                (state.free, state.readAt) = (free, now)
            }
            let limit = state.isRefusing ? highWatermark : lowWatermark
            state.isRefusing = state.free - bytes < limit
            if !state.isRefusing { state.free -= bytes }
            return state.isRefusing
        }
        if isRefused { throw .belowWatermark(highWatermark) }
    }
}
