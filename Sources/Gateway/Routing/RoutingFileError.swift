/// What is wrong with a routing file; each names the rule.
package enum RoutingFileError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(path: String)
    /// No JSON, or another shape than an object with `rules`.
    case malformed(String)
    /// A rule that breaks the file's grammar.
    case rule(String, String)

    package var description: String {
        switch self {
        case .unreadable(let path): "the routing file \(path) cannot be read"
        case .malformed(let problem): "the routing file: \(problem)"
        case .rule(let name, let problem): "the routing file, rule \"\(name)\": \(problem)"
        }
    }
}
