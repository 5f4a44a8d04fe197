package import DICOMNetwork
import Foundation
import Imaging
package import ServiceKit

/// How the gateway takes part in the DICOM network.
package struct DICOMOptions: Equatable, Sendable {
    /// Port of the standard for applications without privileges (PS3.8 §9.1.1).
    package static let defaultPort = 11112

    /// Whether there is a DICOM port at all.
    package var isOn = true
    /// Address to bind.
    package var host = "127.0.0.1"
    /// TCP port to bind; nil: `defaultPort`, or one that the system chooses where it chooses the other port too.
    package var port: Int?
    /// File that receives the bound port as decimal text.
    package var portFile: String?
    /// Whether connections are secured with the server's certificate.
    package var usesTLS = false
    /// Whom we let in.
    package var policy = AcceptancePolicy()
    /// What is accepted of peers.
    package var limits = ServerLimits()

    package init() {
        policy.preferredTransferSyntaxes = Set(TransferSyntax.allCases.map(\.rawValue))
    }

    package static let fields: [ConfigurationField<DICOMOptions>] =
        [
            .init("dicom", \.isOn, .toggle, help: "Whether studies are taken in over the DICOM network."),
            .init("dicom-host", \.host, .text("address or host name"), help: "Address to bind."),
            .init(
                "dicom-port", \.port, .optionalPort,
                help: "Port to bind; none: 11112, or one that the system chooses where port is 0."),
            .init("dicom-port-file", \.portFile, .optionalPath, help: "File that receives the bound port."),
            .init(
                "dicom-tls", \.usesTLS, .toggle,
                help: "Whether the DICOM port speaks TLS, with tls-certificate and the other tls keys."),
        ] + AcceptancePolicy.fields.map { $0.nested(at: \.policy) }
        + ServerLimits.fields.map { $0.nested(at: \.limits) }

    func checkConsistency(with server: ServerOptions) throws(ConfigurationError) {
        if usesTLS, server.tlsCertificate == nil {
            throw .contradiction(key: "dicom-tls", value: "true", reason: "tls-certificate is missing")
        }
        if limits.maxAssociationsPerPeer > limits.maxAssociations {
            throw .contradiction(
                key: "dicom-max-associations-per-peer", value: "\(limits.maxAssociationsPerPeer)",
                reason: "there are fewer dicom-max-associations")
        }
    }

    /// What the server is started with.
    func serverOptions(_ server: ServerOptions) -> DICOMServer.Options {
        var options = DICOMServer.Options()
        options.host = host
        options.port = port ?? (server.port == 0 ? 0 : Self.defaultPort)
        options.policy = policy
        options.limits = limits
        return options
    }
}

extension AcceptancePolicy {
    fileprivate static let fields: [ConfigurationField<AcceptancePolicy>] = [
        .init("dicom-ae-title", \.aeTitle, .aeTitle, help: "Our AE title."),
        .init(
            "dicom-check-called", \.checksCalledAETitle, .toggle,
            help: "Whether peers have to call dicom-ae-title; else any title will do."),
        .init(
            "dicom-calling-titles", \.callingAETitles, .aeTitles,
            help: "AE titles that may call; none: any."),
        .init(
            "dicom-calling-hosts", \.callingHosts, .addressBlocks,
            help: "Addresses and blocks of addresses that may call; none: any."),
        .init(
            "dicom-unknown-classes", \.acceptsUnknownSOPClasses, .toggle,
            help: "Whether SOP classes that no dictionary knows are taken for storage; known ones of other services "
                + "never are."),
    ]
}

extension ServerLimits {
    fileprivate static let fields: [ConfigurationField<ServerLimits>] = [
        .init(
            "dicom-max-associations", \.maxAssociations, .integer(1...10_000, unit: "associations"),
            help: "Associations at the same time; beyond: rejected, local limit exceeded."),
        .init(
            "dicom-max-associations-per-peer", \.maxAssociationsPerPeer, .integer(1...10_000, unit: "associations"),
            help: "Of them with one address; beyond: rejected, local limit exceeded."),
        .init(
            "dicom-max-half-open", \.maxHalfOpen, .integer(1...10_000, unit: "connections"),
            help: "Connections without an association; beyond: the oldest of the address with most of them ends."),
        .init(
            "dicom-max-pdu-bytes", \.maxPDUBytes, .bytes(4096...131_072),
            help: "Largest PDU with data that a peer may send; beyond: the end."),
        .init(
            "dicom-max-instance-bytes", \.maxInstanceBytes, .bytes((1 << 20)...(1 << 40)),
            help: "Largest instance; beyond: status A700."),
        .init(
            "dicom-memory-bytes", \.memoryBytes, .bytes((1 << 20)...(1 << 40)),
            help: "Instances held in memory while they come in, up to about 1 MiB each; beyond: they go to files."),
        .init(
            "dicom-negotiation-seconds", \.negotiation, .seconds(0.01...3600),
            help: "From a connection to its association; beyond: the end."),
        .init(
            "dicom-request-seconds", \.request, .seconds(0.01...3600),
            help: "From a request's first byte to its last, and a second more for each 64 KiB; beyond: the end."),
        .init(
            "dicom-idle-seconds", \.idle, .seconds(0.01...86_400),
            help: "Without a request on an association; beyond: the end."),
    ]
}

extension ValueFormat<Int?> {
    /// A TCP port; empty means none.
    fileprivate static var optionalPort: Self {
        ValueFormat(
            type: "integer", allowed: "0…65535 (TCP port), or empty for none",
            parse: { text in
                if text.isEmpty { return .some(nil) }
                return Int(text).flatMap { (0...65535).contains($0) ? .some($0) : nil }
            },
            render: { $0.map(String.init) ?? "" })
    }
}

extension ValueFormat<String> {
    fileprivate static var aeTitle: Self {
        ValueFormat(
            type: "AE title", allowed: "1…16 printable characters without backslash and spaces around",
            parse: { isAETitle($0) ? $0 : nil }, render: { $0 })
    }
}

extension ValueFormat<[String]> {
    fileprivate static var aeTitles: Self {
        ValueFormat(
            type: "AE titles", allowed: "AE titles separated by commas, or empty for none",
            parse: { text in
                let titles = text.split(separator: ",").map { String($0).trimmingCharacters(in: .whitespaces) }
                return titles.allSatisfy(isAETitle) ? titles : nil
            },
            render: { $0.joined(separator: ",") })
    }
}

extension ValueFormat<[AddressBlock]> {
    fileprivate static var addressBlocks: Self {
        ValueFormat(
            type: "addresses",
            allowed:
                "addresses (192.0.2.7) and blocks (192.0.2.0/24), IPv6 too, separated by commas, or empty for none",
            parse: { text in
                let blocks = text.split(separator: ",").map {
                    AddressBlock(String($0).trimmingCharacters(in: .whitespaces))
                }
                return blocks.allSatisfy { $0 != nil } ? blocks.compactMap { $0 } : nil
            },
            render: { $0.map(\.description).joined(separator: ",") })
    }
}

/// PS3.5 §6.2, VR AE; a comma would end the title in a list.
func isAETitle(_ text: String) -> Bool {
    (1...16).contains(text.utf8.count) && text.first != " " && text.last != " "
        && text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: ",") }
}
