import Foundation
import HTTP

/// HTTP/1.1 from the bytes of a connection to the bytes of its answers.
enum HTTP1Target {
    private static let counting = FuzzedServer(echoes: false)
    private static let echoing = FuzzedServer(echoes: true)

    static func run(_ data: Data) {
        guard let script = ConnectionScript(data) else { return }
        guard !script.echoes else {
            _ = script.play(on: echoing)
            return
        }
        let inPieces = script.play(on: counting)
        guard script.pieceCount < script.bytes.count, !script.bytes.starts(with: "PRI".utf8) else { return }
        let atOnce = script.play(on: counting, pieceCount: .max)
        require(answers(in: inPieces) == answers(in: atOnce), "where the bytes are cut changes nothing of the answers")
    }

    private enum Answer: Equatable {
        case body(Substring)
        /// Which of several things that are wrong is seen first does depend on the cuts.
        case refusal
    }

    /// Without `100 Continue`, which a body that came at once makes needless.
    private static func answers(in output: [UInt8]) -> [Answer] {
        String(decoding: output, as: UTF8.self).components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { text in
            guard text.first?.isNumber == true, !text.hasPrefix("100 ") else { return nil }
            guard text.hasPrefix("200 "), let end = text.range(of: "\r\n\r\n") else { return .refusal }
            return .body(text[end.upperBound...])
        }
    }
}
