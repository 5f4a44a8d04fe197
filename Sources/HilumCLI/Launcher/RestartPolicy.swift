/// How long to wait before a service that died is started again: 0.5 s, doubled at each death in a row, 30 s at most.
package struct RestartPolicy: Sendable {
    private static let first = Duration.milliseconds(500)
    private static let longest = Duration.seconds(30)
    /// A service that ran this long is sound; its next death counts as the first.
    private static let sound = Duration.seconds(60)

    private var next = first

    package init() {}

    /// The wait after a death.
    package mutating func delay(afterRunning time: Duration) -> Duration {
        if time >= Self.sound { next = Self.first }
        defer { next = min(next * 2, Self.longest) }
        return next
    }
}
