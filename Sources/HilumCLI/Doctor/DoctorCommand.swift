import Cryptography
import DICOMNetwork
import Foundation
import HTTP

/// `hilum doctor`
package struct DoctorCommand: Command {
    package static let name = "doctor"
    package static let operands = ""
    package static let summary = "Checks a running site from its gateway on, and says what to do."
    package static let options =
        Server.options + [Option("calling", "TITLE", help: "Our AE title at the gateway's DICOM port; default HILUM.")]

    private let server: Server
    private let calling: String

    package init(_ arguments: Arguments) throws(UsageError) {
        try arguments.noOperands()
        server = try Server(arguments)
        calling = arguments.value("calling") ?? "HILUM"
    }

    package func run(_ console: Console) async throws(Failure) {
        let checks = await look()
        if server.printsJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let text = try? encoder.encode(["checks": checks])
            console.print(String(decoding: text ?? Data(), as: UTF8.self))
        } else {
            print(checks, console)
        }
        if checks.contains(where: { $0.level == .fault }) { throw Failure(checks.count == 1 ? .unreachable : .refused) }
    }

    private func print(_ checks: [Check], _ console: Console) {
        let width = checks.map(\.name.count).max() ?? 0
        for check in checks {
            let mark = check.level == .ok ? "ok     " : check.level == .warning ? "warning" : "FAULT  "
            let padding = String(repeating: " ", count: width - check.name.count)
            console.print("\(mark)  \(check.name)\(padding)  \(check.finding)")
            if !check.remedy.isEmpty { console.print("         → \(check.remedy)") }
        }
        let faults = checks.count { $0.level == .fault }
        let warnings = checks.count { $0.level == .warning }
        console.print("\(checks.count) checks: \(faults) faults, \(warnings) warnings")
    }

    private func look() async -> [Check] {
        let (gateway, isReachable) = await readiness()
        var checks = [gateway]
        if let certificate = await certificate() { checks.append(certificate) }
        guard isReachable else { return checks }
        do throws(Failure) {
            let body = try await server.get("/ui/api/site")
            guard let report = try? JSONDecoder().decode(SiteReport.self, from: body) else {
                throw Failure(.refused, "the answer is no report of a site")
            }
            checks += report.checks(at: Int64(Date().timeIntervalSince1970 * 1000))
            checks.append(await dicom(report.dicom))
        } catch {
            checks.append(
                .fault(
                    "site", error.message,
                    remedy: "Ask a gateway of this version, with a token of the role operator (--token-file)."))
        }
        return checks
    }

    private func readiness() async -> (Check, isReachable: Bool) {
        let name = "gateway \(server.address)"
        do throws(Failure) {
            _ = try await server.get("/healthz/ready")
            return (.ok(name, "ready"), true)
        } catch {
            guard error.exitCode == .refused else {
                let remedy = "See that it runs (systemctl status hilum-gateway), and its keys host, port and TLS."
                return (.fault(name, error.message, remedy: remedy), false)
            }
            let remedy = "Its log says why: mostly it starts or drains."
            return (.fault(name, "takes no work: \(error.message)", remedy: remedy), true)
        }
    }

    /// nil without TLS.
    private func certificate() async -> Check? {
        guard let url = URLComponents(string: server.address), url.scheme == "https", let host = url.host else {
            return nil
        }
        let name = "gateway certificate", tls = server.tls
        guard
            let context = try? TLSClientContext(
                authorities: tls.authorityFile, certificate: tls.certificateFile, key: tls.keyFile)
        else { return .fault(name, "our own files cannot be used", remedy: "Look at --ca, --certificate and --key.") }
        do throws(TLSProbe.Failure) {
            let found = try TLSProbe.certificate(host: host, port: url.port ?? 443, trusting: context)
            return .certificate(name, ends: found.notAfter ?? 0, now: Int64(Date().timeIntervalSince1970))
        } catch {
            switch error {
            case .unreachable: return nil
            case .refused(let reason):
                return .fault(
                    name, reason,
                    remedy: "The certificate has to be of an authority in --ca, be good today, and name \(host).")
            }
        }
    }

    private func dicom(_ entity: SiteReport.DICOMEntity?) async -> Check {
        guard let entity, let host = URLComponents(string: server.address)?.host else {
            return .ok("DICOM port", "not open")
        }
        let name = "DICOM \(entity.aeTitle)@\(host):\(entity.port)"
        var context: TLSClientContext?
        if entity.usesTLS {
            let tls = server.tls
            context = try? TLSClientContext(
                authorities: tls.authorityFile, certificate: tls.certificateFile, key: tls.keyFile)
        }
        let peer = DICOMPeer(
            host: host, port: entity.port, calledAETitle: entity.aeTitle, callingAETitle: calling, tls: context)
        do throws(DICOMNetworkError) {
            try await peer.echo()
            return .ok(name, "answers C-ECHO")
        } catch {
            let failure = Failure(talkingTo: "\(entity.aeTitle)@\(host):\(entity.port)", error)
            if case .rejected = error {
                return .warning(
                    name, failure.message,
                    remedy:
                        "It is there and does not let \(calling) call: see dicom-calling-titles and -hosts, or --calling."
                )
            }
            return .fault(
                name, failure.message, remedy: "See dicom-host and dicom-port, and whether a firewall is between.")
        }
    }
}
