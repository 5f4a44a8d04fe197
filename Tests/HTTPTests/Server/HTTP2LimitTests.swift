import Foundation
import HTTP
import Testing

@Suite(.timeLimit(.minutes(2))) struct HTTP2LimitTests {
    private static let ping = HTTP2Peer.bytes(.ping, [UInt8](repeating: 0, count: 8))

    /// Floods that cost their sender a few bytes each, sent on a connection with an open stream 1.
    private static let floods: [(name: String, frame: [UInt8])] = [
        ("PING", ping),
        ("SETTINGS", HTTP2Peer.bytes(.settings)),
        ("PRIORITY", HTTP2Peer.bytes(.priority, stream: 9, [0, 0, 0, 0, 1])),
        ("empty DATA", HTTP2Peer.bytes(.data, stream: 1)),
        ("DATA of padding", HTTP2Peer.bytes(.data, flags: 8, stream: 1, [3, 0, 0, 0])),
    ]

    @Test(arguments: floods.map(\.name))
    func `a flood of cheap frames ends in ENHANCE_YOUR_CALM`(name: String) async throws {
        let frame = try #require(Self.floods.first { $0.name == name }).frame
        var limits = HTTPLimits()
        limits.maxControlFrameRate = 5
        let events = Events()
        try await withServer(limits: limits, events: events) { port in
            let end = try await onThread {
                let peer = try HTTP2Peer(port: port)
                peer.send(HTTP2Peer.request("/collect", stream: 1, method: "POST", ends: false))
                for _ in 0..<200 { peer.send(frame) }
                return try peer.read(.goAway)
            }
            #expect(end?.code == HTTP2Peer.enhanceYourCalm)
            #expect(end?.text == "too many control frames")
            #expect(events.limits == [.controlFrameRate])
        }
    }

    @Test func `pings at a normal rate are answered`() async throws {
        try await withServer { port in
            let answers = try await onThread {
                let peer = try HTTP2Peer(port: port)
                for _ in 0..<500 { peer.send(Self.ping) }
                return try (0..<500).map { _ in try peer.read(.ping)?.flags }
            }
            #expect(answers.allSatisfy { $0 == 1 })
        }
    }

    @Test func `streams reset as fast as they are opened end in ENHANCE_YOUR_CALM`() async throws {
        var limits = HTTPLimits()
        limits.maxResetRate = 5
        let events = Events()
        try await withServer(limits: limits, events: events) { port in
            let end = try await onThread {
                let peer = try HTTP2Peer(port: port)
                for number in 0..<200 {
                    let stream = UInt32(2 * number + 1)
                    peer.send(
                        HTTP2Peer.request("/", stream: stream)
                            + HTTP2Peer.bytes(.reset, stream: stream, HTTP2Peer.big(8)))
                }
                return try peer.read(.goAway)
            }
            #expect(end?.code == HTTP2Peer.enhanceYourCalm)
            #expect(end?.text == "too many streams reset")
            #expect(events.limits == [.resetRate])
        }
    }

    @Test func `streams that a peer makes us reset count as its own`() async throws {
        var limits = HTTPLimits()
        limits.maxResetRate = 5
        try await withServer(limits: limits) { port in
            let end = try await onThread {
                let peer = try HTTP2Peer(port: port)
                for number in 0..<200 {
                    let stream = UInt32(2 * number + 1)
                    // A window that overflows is an error of the stream (RFC 9113 §6.9.1).
                    peer.send(
                        HTTP2Peer.request("/collect", stream: stream, method: "POST", ends: false)
                            + HTTP2Peer.bytes(.windowUpdate, stream: stream, HTTP2Peer.big(0x7FFF_FFFF)))
                }
                return try peer.read(.goAway)
            }
            #expect(end?.code == HTTP2Peer.enhanceYourCalm)
        }
    }

    @Test func `a head that goes on in frames without end is cut off`() async throws {
        try await withServer { port in
            let end = try await onThread {
                let peer = try HTTP2Peer(port: port)
                peer.send(.headers, stream: 1, HTTP2Peer.head("/"))
                for _ in 0..<1000 { peer.send(.continuation, stream: 1, HTTP2Peer.field("a", "b")) }
                return try peer.read(.goAway)
            }
            #expect(end?.code == HTTP2Peer.enhanceYourCalm)
        }
    }

    @Test func `a head that a few bytes blow up is answered with 431 and the connection goes on`() async throws {
        let events = Events()
        try await withServer(events: events) { port in
            let statuses = try await onThread {
                let peer = try HTTP2Peer(port: port)
                // One field of 3 KiB enters the dynamic table; each byte 0xBE (index 62) names it again.
                let bomb =
                    HTTP2Peer.head("/") + HTTP2Peer.field("x", String(repeating: "y", count: 3000), indexed: true)
                    + [UInt8](repeating: 0xBE, count: 10_000)
                peer.send(.headers, flags: HTTP2Peer.endHeaders | HTTP2Peer.endStream, stream: 1, bomb)
                let refused = try peer.readStatus()
                peer.send(HTTP2Peer.request("/", stream: 3))
                return [refused, try peer.readStatus()]
            }
            #expect(statuses == [431, 200])
            #expect(events.limits == [.header])
        }
    }

    @Test func `a target past the limit is answered with 414`() async throws {
        var limits = HTTPLimits()
        limits.maxTargetBytes = 100
        try await withServer(limits: limits) { port in
            let statuses = try await onThread {
                let peer = try HTTP2Peer(port: port)
                peer.send(HTTP2Peer.request("/" + String(repeating: "x", count: 99), stream: 1))
                let fitting = try peer.readStatus()
                peer.send(HTTP2Peer.request("/" + String(repeating: "x", count: 100), stream: 3))
                return [fitting, try peer.readStatus()]
            }
            #expect(statuses == [200, 414])
        }
    }

    /// Opens four streams whose bodies stay open where three may be.
    private func openTooMany(_ port: Int, knowsLimit: Bool) throws -> HTTP2Peer {
        let peer = try HTTP2Peer(port: port)
        _ = try peer.read(.settings)
        if knowsLimit { peer.send(.settings, flags: 1) }
        for stream in [1, 3, 5, 7] as [UInt32] {
            peer.send(HTTP2Peer.request("/collect", stream: stream, method: "POST", ends: false))
        }
        return peer
    }

    @Test func `a stream past the limit is refused, and one is taken when another has ended`() async throws {
        var limits = HTTPLimits()
        limits.maxStreamsPerConnection = 3
        try await withServer(limits: limits) { port in
            let (refused, status) = try await onThread {
                let peer = try openTooMany(port, knowsLimit: false)
                let refused = try peer.read(.reset)
                peer.send(.data, flags: HTTP2Peer.endStream, stream: 1, [1, 2])
                let status = try peer.readStatus()
                peer.send(HTTP2Peer.request("/", stream: 9))
                return (refused, [status, try peer.readStatus()])
            }
            #expect(refused?.stream == 7 && refused?.code == HTTP2Peer.refusedStream)
            #expect(status == [200, 200])
        }
    }

    @Test func `a peer that breaks the limit it has acknowledged breaks the protocol`() async throws {
        var limits = HTTPLimits()
        limits.maxStreamsPerConnection = 3
        try await withServer(limits: limits) { port in
            let end = try await onThread { try openTooMany(port, knowsLimit: true).read(.goAway) }
            #expect(end?.code == HTTP2Peer.protocolError)
        }
    }

    @Test func `a head that does not end in time is told ENHANCE_YOUR_CALM, an idle peer NO_ERROR`() async throws {
        var limits = HTTPLimits()
        limits.headerTimeout = .milliseconds(50)
        limits.idleTimeout = .milliseconds(50)
        let events = Events()
        try await withServer(limits: limits, events: events) { port in
            let idle = try await onThread { try HTTP2Peer(port: port).read(.goAway) }
            #expect(idle?.code == HTTP2Peer.noError)
            #expect(events.limits == [])
            let slow = try await onThread {
                let peer = try HTTP2Peer(port: port)
                peer.send(.headers, stream: 1, HTTP2Peer.head("/"))
                return try peer.read(.goAway)
            }
            #expect(slow?.code == HTTP2Peer.enhanceYourCalm)
            #expect(events.limits == [.headerTime])
        }
    }

    @Test func `a peer that opens no window for its answer loses the stream`() async throws {
        var limits = HTTPLimits()
        limits.writeTimeout = .milliseconds(100)
        let events = Events()
        try await withServer(
            limits: limits, events: events,
            handler: { _ in
                HTTPResponse(status: 200, body: .data(Data(count: 1 << 20)))
            }
        ) { port in
            let reset = try await onThread {
                let peer = try HTTP2Peer(port: port)
                peer.send(HTTP2Peer.request("/", stream: 1))
                return try peer.read(.reset)
            }
            #expect(reset?.stream == 1 && reset?.code == 8)
            #expect(events.limits == [.writeTime])
        }
    }
}
