import Foundation
import ServiceKit

/// `hilum audit verify`
package struct AuditCommand: Command {
    package static let name = "audit"
    package static let operands = "verify FILE…"
    package static let summary = "Checks the chain of an audit log, its files in the order in which they were written."
    package static let options = [
        Option("head", "HASH", help: "The chain's end as noted elsewhere; it has to be found again in the files.")
    ]

    private let files: [String]
    private let head: String?

    package init(_ arguments: Arguments) throws(UsageError) {
        guard arguments.operands.first == "verify", arguments.operands.count > 1 else {
            throw UsageError("verify and at least one file are expected")
        }
        files = Array(arguments.operands.dropFirst())
        head = arguments.value("head")
    }

    package func run(_ console: Console) async throws(Failure) {
        let report: AuditReport
        do throws(AuditChainError) {
            report = try AuditReport(checking: files, lookingFor: head)
        } catch {
            throw Failure(Self.failure(error))
        }
        guard head == nil || report.foundHead else {
            throw Failure(.refused, "the chain is whole, but \(head ?? "") is not in it: its end was cut off")
        }
        console.print("\(report.records) records, numbers \(report.first) to \(report.chain.next - 1), unbroken")
        console.print("end of the chain: \(report.chain.head)")
        if report.first > 1 { console.note("older records are in files that were not named") }
    }

    private static func failure(_ error: AuditChainError) -> (ExitCode, String) {
        switch error {
        case .unreadable(let path): (.file, "\(path): cannot be read")
        case .notARecord(let path, let line): (.refused, "\(path):\(line): no audit record")
        case .broken(let path, let line):
            (.refused, "\(path):\(line): the chain is broken: this record does not follow the one before it")
        case .torn(let path, let line): (.refused, "\(path):\(line): the last record has no end")
        case .outOfMemory: (.refused, "there is no memory left")
        }
    }
}

extension Failure {
    fileprivate init(_ parts: (ExitCode, String)) {
        self.init(parts.0, parts.1)
    }
}
