import Foundation
import HTTP
import Wire

/// Changes of the worklist as server-sent events (HTML standard, §9.2): one `data` a study, as `hilum.v1.WorklistEntry`
/// in JSON, and as `id` the token to go on after it.
struct EventStream: Sendable {
    /// Proxies give up connections on which nothing comes; browsers pass comments over.
    private static let quietSeconds = 15

    private let changes: WorklistWatch.Changes

    init(_ changes: WorklistWatch.Changes) {
        self.changes = changes
    }

    /// The response's body; it ends when the gateway does, and a browser connects again.
    var body: HTTPBody {
        .pulled { [changes] in
            var iterator = changes.makeAsyncIterator()
            var isFirst = true
            return {
                if isFirst {
                    isFirst = false
                    return Data("retry: 1000\n\n".utf8)
                }
                for _ in 0..<Self.quietSeconds {
                    guard let event = try await iterator.nextSoon() else { continue }
                    return try Self.text(event)
                }
                return Data(": quiet\n\n".utf8)
            }
        }
    }

    /// JSON of one line: line feeds in texts are escaped in it.
    private static func text(_ event: WorklistEvent) throws(WireError) -> Data {
        var text = Data("id: \(event.resumeToken)\ndata: ".utf8)
        text.append(try (event.entry ?? WorklistEntry()).jsonUTF8())
        text.append(contentsOf: "\n\n".utf8)
        return text
    }
}
