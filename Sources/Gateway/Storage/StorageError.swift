/// What can go wrong with files and ledger.
package enum StorageError: Error, Equatable, Sendable {
    /// The disk or the quota is full.
    case noSpace
    /// So little of the disk is free that nothing is taken in until so many bytes are.
    case belowWatermark(Int)
    /// A system call failed: its name and `errno`.
    case systemCall(name: String, code: Int32)
    /// The blob of this digest is not there.
    case missingBlob(Digest)
    /// OpenSSL could not hash.
    case hashing
    /// Another gateway holds the data directory.
    case inUse
    /// SQLite failed: its extended result code.
    case database(code: Int32)
    /// The database server of the ledger cannot be reached.
    case ledgerUnreachable
    /// The database server refused a statement: its SQLSTATE.
    case query(state: String)
    /// The ledger was written by a newer Hilum: the first step of its tables that this one does not know.
    case newerSchema(String)
    /// A row holds what this version never writes: table and column.
    case unreadableRow(table: String, column: String)

    /// True when the sender has to wait for room: 507 of HTTP, A700 of DICOM (PS3.4 §B.2.3).
    package var isOutOfSpace: Bool {
        switch self {
        case .noSpace, .belowWatermark: true
        default: false
        }
    }
}
