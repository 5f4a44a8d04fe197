/// The parameters of a query, decoded; of several with one name the first counts.
struct ConnectQuery {
    private let parameters: [(name: String, value: String)]

    init(_ query: String) {
        parameters = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                PercentEncoding.decode(parts[0], plusIsSpace: true),
                parts.count > 1 ? PercentEncoding.decode(parts[1], plusIsSpace: true) : ""
            )
        }
    }

    subscript(name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }
}
