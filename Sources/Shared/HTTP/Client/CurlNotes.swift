/// Whether a server has refused a request's stream, which libcurl says in words alone (`CURLINFO_TEXT`).
///
/// A stream that is refused, by RST_STREAM or by a GOAWAY that names an earlier one as the last, was not acted on
/// (RFC 9113 §6.8, §8.7).
struct CurlNotes {
    private var stream = 0
    private(set) var wasRefused = false

    mutating func read(_ line: UnsafeRawBufferPointer) {
        if line.starts(with: "REFUSED_STREAM".utf8) {
            wasRefused = true
        } else if line.starts(with: "Using Stream ID: ".utf8) {
            stream = Self.number(in: line, behind: ": ")
        } else if line.starts(with: "rec".utf8), Self.contains(line, "GOAWAY") {
            wasRefused = stream > Self.number(in: line, behind: "last_stream=")
        }
    }

    private static func contains(_ line: UnsafeRawBufferPointer, _ word: String) -> Bool {
        String(decoding: line, as: UTF8.self).contains(word)
    }

    /// 0 where there is none.
    private static func number(in line: UnsafeRawBufferPointer, behind word: String) -> Int {
        let rest = String(decoding: line, as: UTF8.self).split(separator: word, maxSplits: 1).last ?? ""
        return Int(rest.prefix { $0.isASCII && $0.isNumber }) ?? 0
    }
}
