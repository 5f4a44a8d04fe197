import Foundation
import HTTP

/// HTTP/2 from the frames of a connection to the frames of its answers. The input begins behind the client's preface
/// and an empty SETTINGS frame.
enum HTTP2Target {
    private static let counting = FuzzedServer(echoes: false)
    private static let echoing = FuzzedServer(echoes: true)
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    static func run(_ data: Data) {
        guard let script = ConnectionScript(data) else { return }
        checkFrames(script.play(on: script.echoes ? echoing : counting, prefix: preface))
    }

    /// Every frame that was sent whole keeps to the sizes every peer takes (RFC 9113 §4.2).
    private static func checkFrames(_ output: [UInt8]) {
        var rest = output[...]
        while rest.count >= 9 {
            let length = rest.prefix(3).reduce(0) { $0 << 8 | Int($1) }
            require(length <= 16384, "no frame is longer than the peer allows")
            rest = rest.dropFirst(9 + length)
        }
    }
}
