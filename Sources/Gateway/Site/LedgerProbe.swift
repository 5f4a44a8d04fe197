/// Looks at a ledger over a connection of its own.
package actor LedgerProbe {
    private let database: any SQLDatabase
    private let isShared: Bool
    private let executor = SerialQueueExecutor(label: "hilum.ledger.probe")

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// - Parameter isShared: it is on a server, which has a clock of its own.
    package init(_ database: sending any SQLDatabase, isShared: Bool) {
        self.database = database
        self.isShared = isShared
    }

    func state(_ clock: any WallClock) -> SiteReport.LedgerState {
        var state = SiteReport.LedgerState(store: isShared ? "postgresql" : "sqlite")
        do throws(StorageError) {
            let taken = try database.rows("SELECT name FROM schema_versions") { (row) throws(StorageError) in
                row.text(0)
            }
            state.missingSteps = Migration.all.map(\.name).filter { !taken.contains($0) }
            if isShared { state.clockAheadMilliseconds = try clockAhead(of: clock) }
        } catch {
            state.fault = "\(error)"
        }
        return state
    }

    private func clockAhead(of clock: any WallClock) throws(StorageError) -> Int64? {
        let before = clock.now
        let time = try database.first("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)") {
            (row) throws(StorageError) in row.integer(0)
        }
        // The server looked at its clock somewhere between our two looks at ours.
        let middle = (before.milliseconds + clock.now.milliseconds) / 2
        return time.map { $0 - middle }
    }
}
