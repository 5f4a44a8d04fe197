import Foundation
import HTTP
import Synchronization

/// How bytes reach a server: the first byte says, the rest are what the peer sends.
struct ConnectionScript {
    /// Bytes of one read.
    let pieceCount: Int
    /// Whether the peer takes the answers a little at a time.
    let isSlowReader: Bool
    /// Whether the handler sends the body back as it comes, rather than answer once it has all of it.
    let echoes: Bool
    let bytes: Data

    /// nil without a first byte.
    init?(_ data: Data) {
        guard let first = data.first else { return nil }
        let size = Int(first & 0x3F)
        // At most 32 reads: many small ones take long and show nothing new.
        pieceCount = size == 0 ? .max : max(size, data.count / 32)
        isSlowReader = first & 0x40 != 0
        echoes = first & 0x80 != 0
        bytes = data.dropFirst()
    }

    /// Plays one connection to its end.
    ///
    /// - Parameters:
    ///   - prefix: sent first, as one read.
    ///   - pieceCount: in place of the script's own.
    /// - Returns: all that the server sent.
    func play(on server: FuzzedServer, prefix: [UInt8] = [], pieceCount: Int? = nil) -> [UInt8] {
        SerialTasks.with { tasks in
            let connection = server.server.connect(bytesPerTurn: isSlowReader ? 777 : .max)
            func settle() {
                while true {
                    let didWork = connection.turn()
                    let didRun = tasks.runAll()
                    if !didWork, !didRun { return }
                }
            }
            if !prefix.isEmpty { connection.send(prefix) }
            var rest = bytes
            while !rest.isEmpty, connection.isOpen {
                settle()
                connection.send(rest.prefix(pieceCount ?? self.pieceCount))
                rest = rest.dropFirst(pieceCount ?? self.pieceCount)
            }
            settle()
            connection.end()
            settle()
            require(!connection.isOpen, "a connection whose peer has left is closed")
            require(server.server.bytesInFlight == 0, "no byte is counted for a connection that is closed")
            require(server.running.load(ordering: .relaxed) == 0, "no handler outlives its connection")
            return connection.output
        }
    }
}

/// A server with small limits, so that short inputs reach them.
final class FuzzedServer: @unchecked Sendable {  // used by one thread at a time, see `ConnectionScript.play`
    let server: InMemoryServer
    let running = Atomic<Int>(0)

    init(echoes: Bool) {
        var limits = HTTPLimits()
        limits.maxTargetBytes = 256
        limits.maxHeaderBytes = 1024
        limits.maxHeaderCount = 12
        limits.maxBodyBytes = 8192
        limits.maxBufferedBodyBytes = 2048
        limits.maxBufferedResponseBytes = 4096
        limits.maxStreamsPerConnection = 8
        let running = WeakServer()
        do {
            server = try InMemoryServer(limits: limits) { request in
                running.value?.running.add(1, ordering: .relaxed)
                defer { running.value?.running.subtract(1, ordering: .relaxed) }
                return await echoes ? Self.echo(request) : Self.count(request)
            }
        } catch {
            fatalError("no descriptors: \(error)")
        }
        running.value = self
    }

    private static func echo(_ request: HTTPRequest) -> HTTPResponse {
        HTTPResponse(status: 200, body: request.body)
    }

    private static func count(_ request: HTTPRequest) async -> HTTPResponse {
        do {
            let body = try await request.body.collect(limit: 4096)
            return .text(200, "\(request.method) \(request.path) \(request.query ?? "-") \(body.count)\n")
        } catch {
            return .text(400, "\(error)\n")
        }
    }
}

/// What a handler reaches its server by.
private final class WeakServer: @unchecked Sendable {  // set once, before the first request
    unowned(unsafe) var value: FuzzedServer?
}
