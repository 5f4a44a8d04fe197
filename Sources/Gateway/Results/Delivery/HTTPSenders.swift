package import Cryptography
package import Foundation
import HTTP

/// STOW-RS (PS3.18 §10.5), one instance a request. A server that has the instance already takes it again.
struct STOWSender: ResultSender {
    let target: HTTPTarget
    let timeout: Duration

    func send(_ bytes: Data, subject: String) async -> DeliveryVerdict {
        // The boundary must not occur in the bytes; a random one of 122 bits does not.
        let boundary = "hilum-\(UUID().uuidString)"
        var body = Data("--\(boundary)\r\ncontent-type: application/dicom\r\n\r\n".utf8)
        body.append(bytes)
        body.append(Data("\r\n--\(boundary)--\r\n".utf8))
        return await target.post(
            body,
            fields: [
                "content-type": "multipart/related; type=\"application/dicom\"; boundary=\(boundary)",
                "accept": "application/dicom+json",
            ], timeout: timeout)
    }
}

/// A FHIR transaction at the server's base (R4 §3.1.0.11); its entries are PUT, so a repetition changes nothing.
struct FHIRSender: ResultSender {
    let target: HTTPTarget
    let timeout: Duration

    func send(_ bytes: Data, subject: String) async -> DeliveryVerdict {
        await target.post(
            bytes, fields: ["content-type": "application/fhir+json", "accept": "application/fhir+json"],
            timeout: timeout)
    }
}

/// A webhook whose receiver can tell that it is ours, that it is fresh, and whether it has seen it:
/// `Hilum-Signature: v1=` and the HMAC-SHA-256 of `Hilum-Timestamp`, a dot and the body.
struct WebhookSender: ResultSender {
    let target: HTTPTarget
    let secretFile: String
    let timeout: Duration
    let clock: any WallClock

    func send(_ bytes: Data, subject: String) async -> DeliveryVerdict {
        guard let secret = SecretFile.read(secretFile) else { return .unreachable("the secret file cannot be read") }
        let timestamp = "\(clock.now.milliseconds / 1000)"
        guard let signature = HMACSHA256.hexadecimal(of: Data("\(timestamp).".utf8) + bytes, key: Data(secret.utf8))
        else {
            return .unreachable("no memory to sign")
        }
        return await target.post(
            bytes,
            fields: [
                "content-type": "application/json", "hilum-timestamp": timestamp, "hilum-delivery": subject,
                "hilum-signature": "v1=\(signature)",
            ], timeout: timeout, isRepeatable: false)
    }
}

extension HMACSHA256 {
    /// 64 lower-case hexadecimal digits; nil when OpenSSL has no memory left.
    package static func hexadecimal(of message: Data, key: Data) -> String? {
        code(of: [UInt8](message), key: [UInt8](key))?
            .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
