import Dispatch
import Foundation
import HTTP
import Reporting

/// HL7 messages over the Minimal Lower Layer Protocol (HL7 v2.5.1 implementation guide, appendix C): a connection for
/// each message, whose end is its acknowledgement.
struct MLLPSender: ResultSender {
    private static let startBlock = UInt8(0x0B)
    private static let endBlock = Data([0x1C, 0x0D])
    /// Of an acknowledgement.
    private static let mostBytes = 64 << 10
    private static let queue = DispatchQueue(label: "hilum.mllp", attributes: .concurrent)

    let target: MLLPTarget
    let timeout: Duration

    func send(_ bytes: Data, subject: String) async -> DeliveryVerdict {
        await withCheckedContinuation { continuation in
            Self.queue.async { continuation.resume(returning: exchange(bytes)) }
        }
    }

    private func exchange(_ message: Data) -> DeliveryVerdict {
        do throws(HTTPError) {
            let tls = target.tls.map {
                HTTPClient.TLS(
                    authorityFile: $0.authorityFile, certificateFile: $0.certificateFile, keyFile: $0.keyFile)
            }
            let stream = try ByteStream(host: target.host, port: target.port, tls: tls, timeout: timeout)
            try stream.send(Data([Self.startBlock]) + message + Self.endBlock)
            return verdict(try answer(from: stream), to: message)
        } catch {
            return .unreachable(error.deliveryReason)
        }
    }

    /// The block that the peer sends; nil when it ends or sends too much before there is one.
    private func answer(from stream: ByteStream) throws(HTTPError) -> Data? {
        var received = Data()
        while received.count <= Self.mostBytes {
            let more = try stream.receive()
            if more.isEmpty { return nil }
            received.append(more)
            if let end = received.firstRange(of: Self.endBlock),
                let start = received[..<end.lowerBound].firstIndex(of: Self.startBlock)
            {
                return Data(received[received.index(after: start)..<end.lowerBound])
            }
        }
        return nil
    }

    private func verdict(_ answer: Data?, to message: Data) -> DeliveryVerdict {
        guard let answer, let acknowledgement = Acknowledgement(answer) else {
            return .unreachable("it did not acknowledge")
        }
        guard acknowledgement.controlID == ObservationMessage.controlID(of: message) else {
            return .unreachable("it acknowledged another message")
        }
        return switch acknowledgement.code {
        case .accept: .taken
        case .error: .refused("application error (AE)")
        case .reject: .unreachable("application reject (AR)")
        }
    }
}
