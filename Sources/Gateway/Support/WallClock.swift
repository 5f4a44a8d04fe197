import Foundation

/// Where the gateway gets its time from; tests hand in one that they move by hand.
package protocol WallClock: Sendable {
    /// Now.
    var now: Timestamp { get }
}

/// The machine's clock.
package struct SystemWallClock: WallClock {
    package init() {}

    package var now: Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
    }
}
