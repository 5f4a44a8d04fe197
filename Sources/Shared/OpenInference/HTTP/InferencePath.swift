import Foundation

/// What a path under `/v2` means.
enum InferencePath: Equatable {
    case server
    case live
    case ready
    case model(ModelKey)
    case modelReady(ModelKey)
    case infer(ModelKey)
    case configuration(ModelKey)
    case statistics(ModelKey?)
    case index

    /// A model's name with its version, empty for the one that is served.
    struct ModelKey: Equatable {
        let name: String
        var version = ""
    }

    /// The method of HTTP that it takes.
    var method: String {
        switch self {
        case .infer, .index: "POST"
        default: "GET"
        }
    }

    /// nil where there is nothing.
    ///
    /// - Parameter path: percent-encoded, begins with `/v2`.
    init?(_ path: String) {
        var segments: [String] = []
        for segment in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let text = segment.removingPercentEncoding else { return nil }
            segments.append(text)
        }
        if segments.count > 1, segments.last == "" { segments.removeLast() }
        switch segments.dropFirst() {
        case []: self = .server
        case ["health", "live"]: self = .live
        case ["health", "ready"]: self = .ready
        case ["models", "stats"]: self = .statistics(nil)
        case ["repository", "index"]: self = .index
        case let rest where rest.first == "models": self.init(model: Array(rest.dropFirst()))
        default: return nil
        }
    }

    /// - Parameter segments: those after `models`.
    private init?(model segments: [String]) {
        guard let name = segments.first, !name.isEmpty else { return nil }
        var key = ModelKey(name: name)
        var rest = segments.dropFirst()
        if rest.first == "versions" {
            guard rest.count >= 2, let version = rest.dropFirst().first, !version.isEmpty else { return nil }
            key.version = version
            rest = rest.dropFirst(2)
        }
        switch rest {
        case []: self = .model(key)
        case ["ready"]: self = .modelReady(key)
        case ["infer"]: self = .infer(key)
        case ["config"]: self = .configuration(key)
        case ["stats"]: self = .statistics(key)
        default: return nil
        }
    }
}
