import Deidentification
import Foundation
import HTTP
import ServiceKit

/// `hilum reidentify`
package struct ReidentifyCommand: Command {
    package static let name = "reidentify"
    package static let operands = "PSEUDONYM|UID…"
    package static let summary = "Says who stands behind a pseudonym, and writes down who asked."
    package static let options = [
        Option("map", "FILE", help: "What `hilum deidentify --map` wrote; required."),
        Option("secret", "FILE", help: "The site's secret: what does not follow from it is not believed; required."),
        Option("audit", "FILE", help: "Audit log that keeps who asked; required."),
    ]

    private let pseudonyms: [String]
    private let mapFile: String
    private let secretFile: String
    private let auditFile: String

    package init(_ arguments: Arguments) throws(UsageError) {
        pseudonyms = try arguments.atLeastOneOperand("PSEUDONYM")
        guard let map = arguments.value("map"), let secret = arguments.value("secret"),
            let audit = arguments.value("audit")
        else { throw UsageError("--map, --secret and --audit are required") }
        (mapFile, secretFile, auditFile) = (map, secret, audit)
    }

    /// The audit record is on disk before a name is shown.
    package func run(_ console: Console) async throws(Failure) {
        let secret = try SecretFile.read(secretFile)
        let map = try MapFile.open(mapFile)
        let audit = try Self.openAudit(auditFile)
        var unknown = 0
        for pseudonym in pseudonyms {
            let entries = map.originals(of: pseudonym).filter { secret.confirms($0) }
            try await Self.record(pseudonym, isKnown: !entries.isEmpty, in: audit)
            for entry in entries { console.print("\(pseudonym)\t\(entry.kind.rawValue)\t\(entry.original)") }
            if entries.isEmpty {
                unknown += 1
                console.complain("\(pseudonym): not in the map, or not made with this secret")
            }
        }
        await audit.close()
        if unknown > 0 { throw Failure(.refused) }
    }

    private static func openAudit(_ path: String) throws(Failure) -> AuditLog {
        do throws(AuditFileError) {
            return try AuditLog(path: path, logger: Logger(service: "hilum"), metrics: Metrics())
        } catch {
            throw Failure(.file, "\(path): the audit log cannot be written; nothing is shown")
        }
    }

    private static func record(_ pseudonym: String, isKnown: Bool, in audit: AuditLog) async throws(Failure) {
        let caller = Caller(name: Caller.checked(name: NSUserName()) ?? "unknown", roles: [])
        let detail = "\(pseudonym.prefix(64)) \(isKnown ? "shown" : "unknown")"
        do throws(AccessError) {
            try await audit.record(
                AuditRecord(.reidentification, caller: caller, route: "hilum reidentify", detail: detail))
        } catch {
            throw Failure(.file, "the audit log cannot be written; nothing is shown")
        }
    }
}
