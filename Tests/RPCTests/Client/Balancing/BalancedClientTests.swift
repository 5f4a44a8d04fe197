import HTTP
import RPC
import Synchronization
import Testing
import Wire

@Suite struct BalancedClientTests {
    private let replicas = ["http://a:1", "http://b:1", "http://c:1"]
    private let scripted: [String: ScriptedReplica]

    init() {
        scripted = Dictionary(uniqueKeysWithValues: replicas.map { ($0, ScriptedReplica()) })
    }

    /// The first replica untried is picked, so that the order is known.
    private func client(_ options: BalancerOptions = BalancerOptions(), count: Int = 3) -> BalancedClient {
        var surroundings = BalancedClient.Surroundings()
        surroundings.random = { _ in 0 }
        let scripted = scripted
        return BalancedClient(
            name: "echo", targets: replicas.prefix(count).compactMap(Target.init), options: options,
            surroundings: surroundings
        ) { scripted[$0.address] ?? ScriptedReplica() }
    }

    private var calls: [Int] { replicas.map { scripted[$0]?.calls ?? -1 } }
    private func replica(_ index: Int) throws -> ScriptedReplica { try #require(scripted[replicas[index]]) }

    private static let safe = Echo.safe
    private static let unsafe = Echo.unary

    // MARK: Which failures are tried elsewhere

    @Test(arguments: [
        (CallFailure.Origin.unreached, RPCStatus.Code.unavailable, true, true),
        (.lost(mayHaveActed: false), .unavailable, true, true),
        (.lost(mayHaveActed: true), .unavailable, true, false),
        (.server, .unavailable, true, false),
        (.server, .internal, false, false), (.server, .invalidArgument, false, false),
        (.server, .resourceExhausted, false, false),
        (.late, .deadlineExceeded, false, false), (.caller, .cancelled, false, false),
    ])
    func `a call goes on where the server cannot have acted, or the method may be repeated`(
        origin: CallFailure.Origin, code: RPCStatus.Code, whenSafe: Bool, whenUnsafe: Bool
    ) async throws {
        for (method, goesOn) in [(Self.safe, whenSafe), (Self.unsafe, whenUnsafe)] {
            let test = BalancedClientTests()
            try test.replica(0).fail(code, origin)
            let answer: Result<Text, any Error>
            do {
                answer = .success(try await test.client().unary(method, Text(service: "x")))
            } catch {
                answer = .failure(error)
            }
            if goesOn {
                #expect(try answer.get() == Text(service: "x"))
                #expect(test.calls == [1, 1, 0])
            } else {
                #expect(throws: RPCStatus(code, "scripted")) { try answer.get() }
                #expect(test.calls == [1, 0, 0])
            }
        }
    }

    @Test func `attempts that reach a server are counted, those that do not are not`() async throws {
        var options = BalancerOptions()
        options.maxAttempts = 2
        for replica in scripted.values { replica.fail(.unavailable, .server) }
        await #expect(throws: RPCStatus.self) { try await client(options).unary(Self.safe, Text()) }
        #expect(calls == [1, 1, 0])
        for replica in scripted.values { replica.fail(.unavailable, .unreached) }
        await #expect(throws: RPCStatus.self) { try await client(options).unary(Self.unsafe, Text()) }
        #expect(calls == [2, 2, 1])
    }

    @Test func `the budget bounds retries, and not the way past what nobody answers at`() async throws {
        var options = BalancerOptions()
        options.retryShare = 0
        options.retryMinimum = 1
        options.ejectAfterFailures = 1000
        let client = client(options, count: 2)
        try replica(0).fail(.unavailable, .server)
        _ = try await client.unary(Self.safe, Text())
        await #expect(throws: RPCStatus.self) { try await client.unary(Self.safe, Text()) }
        try replica(0).fail(.unavailable, .unreached)
        for _ in 0..<20 { _ = try await client.unary(Self.safe, Text()) }
    }

    @Test func `each attempt is told what is left of the time`() async throws {
        try replica(0).fail(.unavailable, .unreached)
        _ = try await client().unary(Self.safe, Text(), timeout: .seconds(10))
        let told = try (0...1).compactMap { try #require(replica($0).timeouts.first) }
        #expect(told.count == 2 && told[0] <= .seconds(10) && told[1] < told[0])
    }

    @Test func `a deadline that has passed sends nothing`() async throws {
        let error = await #expect(throws: RPCStatus.self) {
            try await client().unary(Self.safe, Text(), timeout: .zero)
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(calls == [0, 0, 0])
    }

    // MARK: Health

    @Test func `a replica that does not serve gets no calls until it does`() async throws {
        var options = BalancerOptions()
        options.checkInterval = .milliseconds(1)
        let client = client(options)
        try replica(0).sayServing(false)
        try replica(1).failChecks(CallFailure(RPCStatus(.unavailable), .unreached))
        try replica(2).failChecks(CallFailure(RPCStatus(.unimplemented), .server))
        let upkeep = Task { await client.run() }
        try await eventually("two are left out") { try await self.spread(client, 20) == [false, false, true] }
        try replica(0).sayServing(true)
        try await eventually("one is back") { try await self.spread(client, 20)[0] }
        upkeep.cancel()
        await upkeep.value
    }

    /// Which replicas got one of so many calls.
    private func spread(_ client: BalancedClient, _ count: Int) async throws -> [Bool] {
        let before = calls
        for _ in 0..<count { _ = try await client.unary(Self.safe, Text()) }
        return zip(before, calls).map { $0 != $1 }
    }

    private func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while try await !condition() {
            try #require(ContinuousClock.now < end, "not seen in time: \(what)")
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    // MARK: Names

    private func namedClient(_ target: String, _ lookup: ScriptedLookup) throws -> (BalancedClient, Mutexed<[String]>) {
        let asked = Mutexed<[String]>([])
        var surroundings = BalancedClient.Surroundings()
        surroundings.lookup = lookup
        var options = BalancerOptions()
        options.checkInterval = .zero
        options.lookupInterval = .milliseconds(1)
        let client = BalancedClient(
            name: "echo", targets: [try #require(Target(target))], options: options, surroundings: surroundings
        ) { endpoint in
            asked.value.withLock { $0.append("\(endpoint.address) \(endpoint.label)") }
            return ScriptedReplica()
        }
        return (client, asked)
    }

    /// A mutex that can be handed around.
    private final class Mutexed<Value: Sendable>: Sendable {
        let value: Mutex<Value>
        init(_ value: sending Value) { self.value = Mutex(value) }
    }

    @Test func `a call that knows no replica yet looks the name up`() async throws {
        let lookup = ScriptedLookup()
        lookup.set("name", ["10.0.0.1", "fd00::1"])
        let (client, asked) = try namedClient("dns+http://name:81", lookup)
        for _ in 0..<20 { _ = try await client.unary(Self.safe, Text()) }
        #expect(asked.value.withLock { Set($0) } == ["http://name:81 10.0.0.1:81", "http://name:81 [fd00::1]:81"])
    }

    @Test func `a name that means other replicas now is followed, and one that cannot be looked up stays`() async throws
    {
        let lookup = ScriptedLookup()
        lookup.set("name", ["10.0.0.1"])
        let (client, asked) = try namedClient("dns+https://name:81", lookup)
        _ = try await client.unary(Self.safe, Text())
        let upkeep = Task { await client.run() }
        lookup.set("name", ["10.0.0.2"])
        try await eventually("the new replica is asked") {
            _ = try await client.unary(Self.safe, Text())
            return asked.value.withLock { $0.last } == "https://name:81 10.0.0.2:81"
        }
        lookup.set("name", nil)
        for _ in 0..<5 {
            _ = try await client.unary(Self.safe, Text())
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(asked.value.withLock { $0.count } == 2)
        upkeep.cancel()
        await upkeep.value
    }

    @Test func `service records name hosts and ports, the lowest priority first`() async throws {
        let lookup = ScriptedLookup()
        lookup.set("h1", ["10.0.0.1"])
        lookup.set("h3", ["10.0.0.3"])
        lookup.set(
            "_hilum._tcp.test",
            services: [
                .init(priority: 1, port: 71, host: "h1"), .init(priority: 1, port: 72, host: "gone"),
                .init(priority: 2, port: 73, host: "h3"),
            ])
        let (client, asked) = try namedClient("srv+http://_hilum._tcp.test", lookup)
        for _ in 0..<5 { _ = try await client.unary(Self.safe, Text()) }
        #expect(asked.value.withLock { $0 } == ["http://h1:71 10.0.0.1:71"])
    }

    @Test func `a name that nobody knows is unavailable, and looked up again by the next call`() async throws {
        let lookup = ScriptedLookup()
        let (client, _) = try namedClient("dns+http://name:81", lookup)
        await #expect(throws: RPCStatus(.unavailable, "no replica of the echo service is known")) {
            try await client.unary(Self.safe, Text())
        }
        lookup.set("name", ["10.0.0.1"])
        _ = try await client.unary(Self.safe, Text())
    }
}
