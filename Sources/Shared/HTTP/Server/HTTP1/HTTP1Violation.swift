/// Why a request in HTTP/1.1 is refused before any handler sees it.
package enum HTTP1Violation: Error, Equatable {
    case malformed(String)
    case targetTooLong(limit: Int)
    case fieldsTooLarge
    case unsupportedTransferCoding
    case unsupportedVersion
    case unsupportedExpectation

    /// The answer; the connection closes after it, since where the next request begins is unknown.
    package var status: Int {
        switch self {
        case .malformed: 400
        case .targetTooLong: 414
        case .fieldsTooLarge: 431
        case .unsupportedTransferCoding: 501
        case .unsupportedVersion: 505
        case .unsupportedExpectation: 417
        }
    }

    /// The limit that the request broke, if it is one.
    var limit: HTTPServerLimit? {
        switch self {
        case .targetTooLong: .target
        case .fieldsTooLarge: .header
        case .malformed, .unsupportedTransferCoding, .unsupportedVersion, .unsupportedExpectation: nil
        }
    }

    /// One line that quotes nothing the peer sent.
    package var text: String {
        switch self {
        case .malformed(let reason): "the request is malformed: \(reason)"
        case .targetTooLong(let limit): "the request target is longer than \(limit) bytes"
        case .fieldsTooLarge: "the header fields are too many or too large"
        case .unsupportedTransferCoding: "only the transfer coding chunked is understood"
        case .unsupportedVersion: "only HTTP/1.0, HTTP/1.1 and HTTP/2 are understood"
        case .unsupportedExpectation: "only the expectation 100-continue is understood"
        }
    }
}
