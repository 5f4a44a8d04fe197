import Testing

/// Asks again and again until `condition` holds, for what another process or a real socket does in its own time.
func eventually(
    within limit: Duration = .seconds(30), _ condition: () async throws -> Bool,
    at location: SourceLocation = #_sourceLocation
) async throws {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    try #require(Bool(false), "did not come to hold within \(limit)", sourceLocation: location)
}
