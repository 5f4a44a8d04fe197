import Cryptography
import Foundation

/// The chain of an audit log: each line carries the SHA-256 of the line before it, and its number.
package struct AuditChain: Equatable, Sendable {
    /// What the first line of a log carries.
    package static let beginning = String(repeating: "0", count: 64)
    /// No line of ours is longer.
    static let maxLineBytes = 16 << 10

    /// Number of the next line.
    package internal(set) var next: UInt64 = 1
    /// SHA-256 of the last line.
    package internal(set) var head = beginning

    package init() {}

    /// Adds a line without its newline.
    mutating func add(_ line: [UInt8]) throws(AuditChainError) {
        guard let digest = SHA256.hexadecimal(line) else { throw .outOfMemory }
        head = digest
        next += 1
    }
}

/// What is wrong with an audit log.
package enum AuditChainError: Error, Equatable, Sendable {
    case unreadable(path: String)
    /// A line is no record of ours. Lines are counted from 1 within the file.
    case notARecord(path: String, line: Int)
    /// A line was changed, or lines before it were taken away or put in.
    case broken(path: String, line: Int)
    /// The last line has no end, and no later one says so.
    case torn(path: String, line: Int)
    case outOfMemory
}

/// What the check of one or more files of a log has seen.
package struct AuditReport: Equatable, Sendable {
    package internal(set) var records: UInt64 = 0
    /// Number of the first record; 1 where the log is there from its beginning.
    package internal(set) var first: UInt64 = 0
    /// Whether the hash that was looked for is that of a line.
    package internal(set) var foundHead = false
    /// The chain's end: to be kept elsewhere, since whoever can write the file can also cut off its last lines.
    package internal(set) var chain = AuditChain()
}

extension AuditReport {
    private struct Link: Decodable {
        let number: UInt64
        let action: String
        let previous: String
    }

    /// Checks files in the order in which they were written; a log whose older files are gone is checked from its first
    /// file on.
    ///
    /// - Parameter wanted: the SHA-256 of a line that was the last one once.
    package init(checking paths: [String], lookingFor wanted: String? = nil) throws(AuditChainError) {
        var torn: (path: String, line: Int)?
        for path in paths {
            guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
            var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let isCut = lines.last?.isEmpty == false
            if !isCut { lines.removeLast() }
            for (index, line) in lines.enumerated() {
                let line = [UInt8](line)
                guard line.count <= AuditChain.maxLineBytes,
                    let link = try? JSONDecoder().decode(Link.self, from: Data(line))
                else {
                    // Excused where the next line says that this one was cut off.
                    if let torn { throw .notARecord(path: torn.path, line: torn.line) }
                    torn = (path, index + 1)
                    try chain.add(line)
                    chain.next -= 1
                    continue
                }
                if records == 0 {
                    first = link.number
                    if torn == nil { (chain.next, chain.head) = (link.number, link.previous) }
                }
                if let found = torn {
                    guard link.action == AuditRecord.Action.recovery.rawValue else {
                        throw .notARecord(path: found.path, line: found.line)
                    }
                    torn = nil
                }
                guard link.number == chain.next, link.previous == chain.head else {
                    throw .broken(path: path, line: index + 1)
                }
                try chain.add(line)
                records += 1
                foundHead = foundHead || chain.head == wanted
            }
            if isCut, torn == nil { torn = (path, lines.count) }
        }
        if let torn { throw .torn(path: torn.path, line: torn.line) }
    }
}
