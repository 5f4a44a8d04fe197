import Cryptography
import DICOMNetwork
import Foundation
import HTTP

extension Destination {
    /// Whether something could be sent there now: C-ECHO, a request, or a connection, as it speaks.
    func state() async -> SiteReport.DestinationState {
        switch transport {
        case .stow(let target, _): await state("stow", target)
        case .fhir(let target, _): await state("fhir", target)
        case .webhook(let target, _, _): await state("webhook", target)
        case .dicom(let target, _):
            await state("dicom", target.tls, host: target.host, port: target.port) { await target.echoFault() }
        case .mllp(let target, _):
            await state("mllp", target.tls, host: target.host, port: target.port) {
                let answers = await offThread { TLSProbe.canConnect(host: target.host, port: target.port) }
                return answers ? nil : TLSProbe.Failure.unreachable.text
            }
        }
    }

    /// Any answer will do: what it does with results it says to results.
    private func state(_ kind: String, _ target: HTTPTarget) async -> SiteReport.DestinationState {
        guard let url = URLComponents(string: target.url), let host = url.host else {
            return .init(name: name, kind: kind, fault: "the address is none", certificateEnds: nil)
        }
        let usesTLS = url.scheme == "https"
        return await state(kind, usesTLS ? target.tls : nil, host: host, port: url.port ?? (usesTLS ? 443 : 80)) {
            await target.fault()
        }
    }

    private func state(
        _ kind: String, _ tls: TLSPaths?, host: String, port: Int, _ ask: () async -> String?
    ) async -> SiteReport.DestinationState {
        do throws(TLSProbe.Failure) {
            let end = try await tls?.certificateEnd(host: host, port: port)
            return .init(name: name, kind: kind, fault: await ask(), certificateEnds: end ?? nil)
        } catch {
            return .init(name: name, kind: kind, fault: error.text, certificateEnds: nil)
        }
    }
}

extension HTTPTarget {
    fileprivate func fault() async -> String? {
        let request = HTTPClient.Request(
            method: "HEAD", url: url,
            tls: HTTPClient.TLS(
                authorityFile: tls.authorityFile, certificateFile: tls.certificateFile, keyFile: tls.keyFile),
            timeout: .seconds(5), connectTimeout: .seconds(5), maxResponseBytes: 1 << 20)
        do throws(HTTPError) {
            _ = try await HTTPClient.shared.send(request)
            return nil
        } catch {
            return error.deliveryReason
        }
    }
}

extension DICOMTarget {
    fileprivate func echoFault() async -> String? {
        guard let peer = try? peer(within: .seconds(5)) else { return "the files of TLS cannot be used" }
        do throws(DICOMNetworkError) {
            try await peer.echo()
            return nil
        } catch .notNegotiated {
            // It let us in, and offers no verification.
            return nil
        } catch {
            switch DeliveryVerdict(error) {
            case .taken, .committing: return nil
            case .unreachable(let reason), .refused(let reason): return reason
            }
        }
    }
}

extension TLSPaths {
    /// When the certificate that a server shows us ends, in seconds since 1970-01-01 UTC.
    func certificateEnd(host: String, port: Int) async throws(TLSProbe.Failure) -> Int64? {
        let found = await offThread { () -> Result<Int64?, TLSProbe.Failure> in
            Result { () throws(TLSProbe.Failure) in
                guard
                    let context = try? TLSClientContext(
                        authorities: authorityFile, certificate: certificateFile, key: keyFile)
                else { throw .refused("the files of TLS cannot be used") }
                return try TLSProbe.certificate(host: host, port: port, trusting: context).notAfter
            }
        }
        return try found.get()
    }
}

extension TLSProbe.Failure {
    /// In words.
    var text: String {
        switch self {
        case .unreachable: "nobody answers at the address"
        case .refused(let reason): "TLS failed: \(reason)"
        }
    }
}

/// Runs what blocks on a thread of its own.
private func offThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread { continuation.resume(returning: work()) }.start()
    }
}
