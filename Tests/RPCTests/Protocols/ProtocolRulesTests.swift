import Foundation
import HTTP
import RPC
import Testing
import Wire

/// What holds in every protocol alike: shapes, metadata, compression, limits, deadlines, errors.
@Suite(.timeLimit(.minutes(2))) struct ProtocolRulesTests {
    typealias Options = WireProtocol.Options

    /// Every protocol, its bodies whole and cut.
    private static let cuts = [0, 1, 3, 7]

    @Test(arguments: WireProtocol.allCases, cuts)
    func `the four shapes bring their messages and status OK`(wire: WireProtocol, cuts: Int) async throws {
        let options = Options(cuts: cuts)
        let unary = try await wire.call(Echo.unary, ["hello"], options)
        #expect(unary.messages == [Text(service: "hello")] && unary.code == .ok && unary.httpStatus == 200)
        #expect(unary.fields["content-type"] == wire.contentType(isUnary: true))
        let joined = try await wire.call(Echo.joins, ["one", "", "three"], options)
        #expect(joined.messages == [Text(service: "one  three")] && joined.code == .ok)
        #expect(try await wire.call(Echo.joins, [], options).messages == [Text()])
        let split = try await wire.call(Echo.splits, ["a b c"], options)
        #expect(split.messages.map(\.service) == ["a", "b", "c"] && split.code == .ok)
        #expect(split.fields["content-type"] == wire.contentType(isUnary: false))
        let chat = try await wire.call(Echo.chats, ["one", "", "three"], options)
        #expect(chat.messages.map(\.service) == ["one", "", "three"] && chat.code == .ok)
    }

    @Test(arguments: WireProtocol.allCases)
    func `all but gRPC work over HTTP 1 too`(wire: WireProtocol) async throws {
        let options = Options(version: .http11)
        let isGRPC = wire == .grpc || wire == .grpcJSON
        #expect(try await wire.call(Echo.unary, ["x"], options).httpStatus == (isGRPC ? 505 : 200))
        #expect(try await wire.call(Echo.chats, ["x", "y"], options).messages.count == (isGRPC ? 0 : 2))
    }

    @Test(arguments: WireProtocol.allCases)
    func `metadata go both ways, bytes and several values too`(wire: WireProtocol) async throws {
        let sent: HTTPFields = [
            "x-text": "a, b", "x-many": "1", "x-many": "2", "x-raw-bin": "AQI=,AwQ", "x-raw-bin": "BQ==",
            "grpc-internal": "no", "connect-internal": "no",
        ]
        for method in [Echo.mirrors, Echo.mirrorsMany] {
            let outcome = try await wire.call(method, ["x"], Options(fields: sent))
            #expect(outcome.code == .ok)
            for fields in [outcome.fields, outcome.trailing] {
                #expect(fields.values(for: "x-text") == ["a, b"])
                #expect(fields.values(for: "x-many") == ["1", "2"])
                #expect(fields.values(for: "x-raw-bin") == ["AQI", "AwQ", "BQ"])
                #expect(!fields.contains("grpc-internal") && !fields.contains("connect-internal"))
            }
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `gzip is read and, where the caller takes it and it pays, written`(wire: WireProtocol) async throws {
        let text = String(repeating: "slice ", count: 1000)
        for (method, count) in [(Echo.unary, 1), (Echo.chats, 3)] {
            let texts = Array(repeating: text, count: count)
            let packed = try await wire.call(method, texts, Options(compression: "gzip", acceptsGzip: true, cuts: 50))
            #expect(packed.messages.map(\.service) == texts && packed.code == .ok)
            #expect(packed.flags.allSatisfy { $0 == 1 })
            let isBare = wire.isConnect && method.shape == .unary
            #expect(packed.fields[wire.encodingField(isUnary: isBare)] == "gzip")
            let plain = try await wire.call(method, texts, Options(compression: "gzip"))
            #expect(plain.messages.map(\.service) == texts && plain.flags.allSatisfy { $0 == 0 })
            #expect(!plain.fields.contains(wire.encodingField(isUnary: isBare)))
            let short = try await wire.call(method, ["short"], Options(acceptsGzip: true))
            #expect(short.messages.map(\.service) == ["short"] && short.flags.allSatisfy { $0 == 0 })
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `a compression we lack is UNIMPLEMENTED and ours are listed`(wire: WireProtocol) async throws {
        for method in [Echo.unary, Echo.chats] {
            let outcome = try await wire.call(method, ["x"], Options(compression: "br"))
            #expect(outcome.code == .unimplemented && outcome.message?.contains("gzip, identity") == true)
            let lists = ["accept-encoding", "connect-accept-encoding", "grpc-accept-encoding"]
            #expect(lists.contains { outcome.fields[$0]?.contains("gzip") == true })
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `bytes that are not gzip are INTERNAL`(wire: WireProtocol) async throws {
        let junk = Data("no gzip at all".utf8)
        for method in [Echo.unary, Echo.joins] {
            let isBare = wire.isConnect && method.shape == .unary
            let body = isBare ? junk : envelope(junk, flags: 1)
            #expect(try await wire.call(method, body: body, Options(compression: "gzip")).code == .internal)
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `a message that is empty is not inflated`(wire: WireProtocol) async throws {
        guard !wire.isJSON else { return }  // where an empty message has two bytes
        for method in [Echo.unary, Echo.joins] {
            let isBare = wire.isConnect && method.shape == .unary
            let body = isBare ? Data() : envelope(Data(), flags: 1)
            #expect(try await wire.call(method, body: body, Options(compression: "gzip")).code == .ok)
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `a compressed message needs a header that says so; other flags are INTERNAL`(wire: WireProtocol) async throws {
        let packed = try Gzip.deflate(wire.bytes(Text(service: "x")))
        let plain = try wire.bytes(Text(service: "x"))
        for method in [Echo.unary, Echo.joins, Echo.splits, Echo.chats] where !wire.isConnect || method.shape != .unary
        {
            #expect(try await wire.call(method, body: envelope(packed, flags: 1)).code == .internal)
            for flags: UInt8 in [2, 3, 4, 0x80, 0xFF] {
                #expect(try await wire.call(method, body: envelope(plain, flags: flags)).code == .internal)
            }
            #expect(try await wire.call(method, body: envelope(plain).dropLast()).code == .internal)
            #expect(try await wire.call(method, body: Data([0, 0])).code == .internal)
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `a message past the limit is RESOURCE_EXHAUSTED, inflated or not`(wire: WireProtocol) async throws {
        var limits = RPCLimits()
        limits.maxMessageBytes = 1000
        let router = Echo.router(limits: limits)
        let long = String(repeating: "x", count: 2000)
        for method in [Echo.unary, Echo.joins] {
            for compression in [nil, "gzip"] {
                let outcome = try await wire.call(
                    method, [long], Options(compression: compression, cuts: 100), router: router)
                #expect(outcome.code == .resourceExhausted)
                #expect(outcome.message == "the message is larger than 1000 bytes")
            }
            #expect(try await wire.call(method, ["fits"], router: router).code == .ok)
        }
        // The length alone suffices: the rest need not come.
        let announced = Data([0, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(try await wire.call(Echo.joins, body: announced, router: router).code == .resourceExhausted)
    }

    @Test(arguments: WireProtocol.allCases)
    func `no message and two messages break the cardinality of a single request`(wire: WireProtocol) async throws {
        for method in [Echo.unary, Echo.splits] where !wire.isConnect || method.shape != .unary {
            #expect(try await wire.call(method, []).code == .unimplemented)
            #expect(try await wire.call(method, ["a", "b"]).code == .unimplemented)
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `a message of another form is refused by the protocol's code`(wire: WireProtocol) async throws {
        let junk = Data([0xFF, 0xFF])
        for method in [Echo.unary, Echo.joins, Echo.splits, Echo.chats] {
            let isBare = wire.isConnect && method.shape == .unary
            let outcome = try await wire.call(method, body: isBare ? junk : envelope(junk))
            #expect(outcome.code == (wire.isConnect ? .invalidArgument : .internal))
            #expect(outcome.message?.contains("grpc.health.v1.HealthCheckRequest") == true)
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `errors bring status, details and metadata, before the first message and behind the last`(
        wire: WireProtocol
    ) async throws {
        let early = try await wire.call(Echo.fails, ["known"])
        let late = try await wire.call(Echo.splits, ["a fail"])
        #expect(early.messages.isEmpty && late.messages.map(\.service) == ["a", "fail"])
        for outcome in [early, late] {
            #expect(outcome.code == .failedPrecondition && outcome.message == "50 % of 2 slices: “none”")
            #expect(outcome.hasDetails && outcome.trailing["x-trailing"] == "last")
        }
        #expect(late.httpStatus == 200 && early.httpStatus == (wire.isConnect ? 400 : 200))
        let secret = try await wire.call(Echo.fails, ["secret"])
        #expect(secret.code == .unknown && (secret.message ?? "").isEmpty && !secret.hasDetails)
        #expect(try await wire.call(Echo.fails, ["cancelled"]).code == .cancelled)
    }

    @Test(arguments: WireProtocol.allCases)
    func `an unknown method is UNIMPLEMENTED`(wire: WireProtocol) async throws {
        for shape in [MethodDescriptor<Text, Text>.Shape.unary, .bidirectional] {
            for service in [Echo.service, "other.Service"] {
                let method = MethodDescriptor<Text, Text>(
                    service: service, name: "None", shape: shape, idempotency: .unknown)
                guard !(wire == .connectJSON && shape == .unary && service != Echo.service) else { continue }
                let outcome = try await wire.call(method, ["x"])
                #expect(outcome.code == .unimplemented && outcome.messages.isEmpty)
            }
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `the deadline ends a call at once and cancels its handler`(wire: WireProtocol) async throws {
        for method in [Echo.waits, Echo.waitsMany] {
            let (cancelled, continuation) = AsyncStream<Void>.makeStream()
            let hasStarted = Flag()
            let router = Echo.router(
                started: { hasStarted.set() }, cancelled: { continuation.finish() })
            let outcome = try await wire.call(method, ["x"], Options(timeout: 100), router: router)
            #expect(outcome.code == .deadlineExceeded)
            // On a machine that is late itself the deadline may pass before the handler begins.
            if hasStarted.isSet { for await _ in cancelled {} }
        }
        #expect(try await wire.call(Echo.unary, ["x"], Options(timeout: 0)).code == .deadlineExceeded)
    }

    @Test(arguments: WireProtocol.allCases)
    func `a time-out is cut to the longest that is allowed`(wire: WireProtocol) async throws {
        var limits = RPCLimits()
        limits.maxTimeout = .seconds(100)
        let (deadlines, continuation) = AsyncStream<Duration?>.makeStream()
        var router = RPCRouter(limits: limits)
        router.unary(Echo.unary) { request, context in
            continuation.yield(context.deadline.map { $0 - .now })
            return request
        }
        for timeout in [nil, 50_000, 99_999_999] {
            _ = try await wire.call(Echo.unary, ["x"], Options(timeout: timeout), router: router)
        }
        continuation.finish()
        let seen = await deadlines.reduce(into: [Duration?]()) { $0.append($1) }
        #expect(seen.count == 3 && seen[0] == nil)
        #expect(seen[1].map { $0 > .seconds(40) && $0 <= .seconds(50) } == true)
        #expect(seen[2].map { $0 > .seconds(90) && $0 <= .seconds(100) } == true)
    }

    @Test(arguments: WireProtocol.allCases)
    func `a caller who leaves cancels the handler`(wire: WireProtocol) async throws {
        for method in [Echo.waits, Echo.waitsMany] {
            let (cancelled, continuation) = AsyncStream<Void>.makeStream()
            let (started, start) = AsyncStream<Void>.makeStream()
            let router = Echo.router(started: { start.finish() }, cancelled: { continuation.finish() })
            let call = Task { try await wire.call(method, ["x"], router: router) }
            for await _ in started {}
            call.cancel()
            for await _ in cancelled {}
            _ = try? await call.value
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `random bodies end in a status`(wire: WireProtocol) async throws {
        let router = Echo.router()
        for seed in UInt64(0)..<200 {
            var random = SeededGenerator(state: seed)
            var body = Data(
                (0..<Int.random(in: 0...60, using: &random)).map { _ in .random(in: 0...255, using: &random) })
            if Bool.random(using: &random) { body = envelope(body, flags: UInt8.random(in: 0...3, using: &random)) }
            let method = [Echo.unary, Echo.joins, Echo.splits, Echo.chats][Int(seed % 4)]
            let options = Options(
                compression: Bool.random(using: &random) ? "gzip" : nil, cuts: Int.random(in: 0...9, using: &random))
            #expect(try await wire.call(method, body: body, options, router: router).code != nil, "seed \(seed)")
        }
    }

    @Test(arguments: WireProtocol.allCases)
    func `every call is recorded once`(wire: WireProtocol) async throws {
        let records = Records()
        let router = Echo.router(observer: records)
        _ = try await wire.call(Echo.unary, ["x"], router: router)
        _ = try await wire.call(Echo.fails, ["secret"], router: router)
        _ = try await wire.call(Echo.splits, ["a fail"], router: router)
        #expect(records.started == ["test.Echo/Unary", "test.Echo/Fails", "test.Echo/Splits"])
        #expect(records.ended.map(\.status.code) == [.ok, .unknown, .failedPrecondition])
        #expect(records.ended[1].error is Echo.Secret)
        let transport: CallContext.Transport =
            wire.isConnect ? .connect : wire == .grpc || wire == .grpcJSON ? .grpc : .grpcWeb
        #expect(records.ended.allSatisfy { $0.transport == transport })
    }
}
