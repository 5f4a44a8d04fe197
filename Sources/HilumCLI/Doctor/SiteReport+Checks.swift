extension SiteReport {
    /// What the report says, judged.
    ///
    /// - Parameter now: our clock, in milliseconds since 1970-01-01 UTC.
    package func checks(at now: Int64) -> [Check] {
        [Check.clock("gateway clock", ahead: time - now, of: "this machine")] + ledgerChecks + [diskCheck]
            + replicas.flatMap { checks(of: $0, at: now / 1000) }
            + Set(replicas.map(\.service)).sorted().compactMap(bundleCheck)
            + destinations.flatMap { checks(of: $0, at: now / 1000) }
    }

    private var ledgerChecks: [Check] {
        let name = "ledger (\(ledger.store))"
        if let fault = ledger.fault {
            return [
                .fault(
                    name, "cannot be read: \(fault)",
                    remedy: ledger.store == "sqlite"
                        ? "Look at the disk of the data folder, and whether the gateway may read and write there."
                        : "See that PostgreSQL runs, that the gateway reaches it, and that the key ledger names it.")
            ]
        }
        let tables: Check =
            ledger.missingSteps.isEmpty
            ? .ok(name, "answers, its tables are up to date")
            : .fault(
                name, "its tables lack \(ledger.missingSteps.joined(separator: ", "))",
                remedy: "Start the gateway again: it brings them up to date.")
        let clock = ledger.clockAheadMilliseconds.map { Check.clock("ledger clock", ahead: $0, of: "the gateway") }
        return [tables] + (clock.map { [$0] } ?? [])
    }

    private var diskCheck: Check {
        let name = "disk"
        guard let free = disk.freeBytes else {
            return .fault(name, "cannot be read", remedy: "See whether the data folder is there and mounted.")
        }
        let finding = "\(Text.bytes(free)) free"
        if free < disk.lowBytes {
            return .fault(
                name, "\(finding): new studies are refused",
                remedy: "Make room until \(Text.bytes(disk.enoughBytes)) are free, or keep images for a shorter time.")
        }
        if free < 2 * disk.enoughBytes {
            return .warning(
                name, "\(finding); below \(Text.bytes(disk.lowBytes)) new studies are refused",
                remedy: "Make room, or keep images for a shorter time (keep-images-hours).")
        }
        return .ok(name, finding)
    }

    private func checks(of replica: Replica, at now: Int64) -> [Check] {
        let name = "\(replica.service) \(replica.replica)"
        if let fault = replica.fault {
            return [
                .fault(
                    name, fault,
                    remedy: replica.replica.isEmpty
                        ? "Give the gateway its address (key \(replica.service)), or see that its name can be looked up."
                        : "See that it runs (systemctl status hilum-\(replica.service)) and what its log says last.")
            ]
        }
        var checks: [Check] = []
        let ready = replica.bundles.filter(\.isReady)
        checks.append(
            ready.isEmpty
                ? .fault(name, "has no bundle that is ready", remedy: "See its log, and the folder of its key models.")
                : .ok(name, "ready with \(ready.map(\.label).joined(separator: ", "))"))
        for bundle in replica.bundles where !bundle.isReady {
            checks.append(
                .warning(
                    name, "\(bundle.label) is not ready: \(bundle.reason)",
                    remedy: "Put the bundle in place again, or take it away, and start the service again."))
        }
        if let ahead = replica.clockAheadMilliseconds {
            checks.append(.clock("\(name) clock", ahead: ahead, of: "the gateway", coarse: true))
        }
        if let end = replica.certificateEnds { checks.append(.certificate("\(name) certificate", ends: end, now: now)) }
        return checks
    }

    /// All replicas of a service have to answer with the same weights; what these may be used for is said here.
    private func bundleCheck(_ service: String) -> Check? {
        let answering = replicas.filter { $0.service == service && $0.fault == nil }
        let sets = Set(answering.map { Set($0.bundles.filter(\.isReady).map(\.identity)) })
        guard let first = answering.first, !sets.isEmpty else { return nil }
        let name = "\(service) bundles"
        guard sets.count == 1 else {
            return .fault(
                name, "replicas answer with different weights",
                remedy: "Put the same bundles in place for each replica, and start them again one by one.")
        }
        let ready = first.bundles.filter(\.isReady)
        return .ok(
            name,
            ready.map { "\($0.label) (\($0.weightsSHA256.prefix(12))…): \($0.intendedUse)" }.joined(separator: "; "))
    }

    private func checks(of destination: Destination, at now: Int64) -> [Check] {
        let name = "destination \(destination.name) (\(destination.kind))"
        if let fault = destination.fault {
            return [
                .fault(
                    name, fault,
                    remedy: "Results for it wait and are sent later. See its address in the file of results, "
                        + "that it runs, and that the gateway may call it.")
            ]
        }
        let certificate = destination.certificateEnds.map {
            Check.certificate("\(name) certificate", ends: $0, now: now)
        }
        return [.ok(name, "answers")] + (certificate.map { [$0] } ?? [])
    }
}

extension SiteReport.Bundle {
    var label: String { "\(name)/\(version)" }
    var identity: String { "\(label) \(weightsSHA256)" }
}
