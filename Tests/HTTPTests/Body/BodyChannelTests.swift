import Foundation
import HTTP
import Synchronization
import Testing

@Suite struct BodyChannelTests {
    /// Counts what a channel says was read.
    private final class Reads: Sendable {
        let total = Mutex(0)
        var count: Int { total.withLock { $0 } }
    }

    private func makeChannel(length: Int? = nil) -> (BodyChannel, Reads) {
        let reads = Reads()
        return (BodyChannel(expectedLength: length) { count, _ in reads.total.withLock { $0 += count } }, reads)
    }

    private func append(_ text: String, to channel: BodyChannel) -> BodyChannel.Appended {
        Array(text.utf8).withUnsafeBytes { channel.append($0) }
    }

    @Test func `what is appended is read in order, then the end`() async throws {
        let (channel, reads) = makeChannel()
        #expect(append("one", to: channel) == .buffered(3))
        #expect(append("two", to: channel) == .buffered(6))
        var body = HTTPBody.channel(channel).makeAsyncIterator()
        #expect(try await body.next() == Data("one".utf8))
        #expect(reads.count == 3)
        #expect(channel.bufferedCount == 3)
        channel.finish()
        #expect(try await body.next() == Data("two".utf8))
        #expect(try await body.next() == nil)
    }

    @Test func `a waiting reader takes bytes without their being kept`() async throws {
        let (channel, reads) = makeChannel()
        let read = Task {
            var body = HTTPBody.channel(channel).makeAsyncIterator()
            return try await body.next()
        }
        while !channel.isAwaited { await Task.yield() }
        #expect(append("x", to: channel) == .consumed)
        #expect(try await read.value == Data("x".utf8))
        #expect(reads.count == 0)
    }

    @Test func `a collection takes what came before and what comes after`() async throws {
        let (channel, reads) = makeChannel(length: 6)
        _ = append("one", to: channel)
        let read = Task { try await HTTPBody.channel(channel).collect(limit: 6) }
        while !channel.isAwaited { await Task.yield() }
        #expect(reads.count == 3)
        #expect(append("two", to: channel) == .collected)
        channel.finish()
        #expect(try await read.value == Data("onetwo".utf8))
    }

    @Test func `a collection of a complete body does not wait`() async throws {
        let (channel, _) = makeChannel()
        _ = append("one", to: channel)
        _ = append("two", to: channel)
        #expect(channel.finish() == 6)
        #expect(try await HTTPBody.channel(channel).collect(limit: 6) == Data("onetwo".utf8))
    }

    @Test func `an announced length past the limit is refused before anything is read`() async {
        let (channel, _) = makeChannel(length: 7)
        await #expect(throws: HTTPError.bodyTooLarge(limit: 6)) {
            try await HTTPBody.channel(channel).collect(limit: 6)
        }
    }

    @Test func `a body past the limit ends the collection and drops the rest`() async {
        let (channel, _) = makeChannel()
        let read = Task { try await HTTPBody.channel(channel).collect(limit: 4) }
        while !channel.isAwaited { await Task.yield() }
        _ = append("one", to: channel)
        _ = append("two", to: channel)
        #expect(append("more", to: channel) == .consumed)
        await #expect(throws: HTTPError.bodyTooLarge(limit: 4)) { try await read.value }
    }

    @Test func `a failure reaches the reader and frees what is buffered`() async {
        let (channel, _) = makeChannel()
        _ = append("one", to: channel)
        #expect(channel.finish(.bodyTruncated) == 3)
        #expect(channel.bufferedCount == 0)
        await #expect(throws: HTTPError.bodyTruncated) { try await HTTPBody.channel(channel).collect(limit: 6) }
    }

    @Test func `what came before the peer left is read first by who reads in pieces`() async throws {
        let (channel, reads) = makeChannel()
        _ = append("one", to: channel)
        _ = append("two", to: channel)
        #expect(channel.finish(.bodyTruncated, keepsBuffered: true) == 6)
        #expect(append("more", to: channel) == .consumed)
        var body = HTTPBody.channel(channel).makeAsyncIterator()
        #expect(try await body.next() == Data("one".utf8))
        #expect(try await body.next() == Data("two".utf8))
        await #expect(throws: HTTPError.bodyTruncated) { try await body.next() }
        #expect(reads.count == 0)
    }

    @Test func `what came before the peer left is no whole body`() async {
        let (channel, _) = makeChannel()
        _ = append("one", to: channel)
        channel.finish(.bodyTruncated, keepsBuffered: true)
        await #expect(throws: HTTPError.bodyTruncated) { try await HTTPBody.channel(channel).collect(limit: 6) }
        #expect(channel.bufferedCount == 0)
    }

    @Test func `cancelling a reader ends its wait`() async {
        let (channel, _) = makeChannel()
        let read = Task { try await HTTPBody.channel(channel).collect(limit: 6) }
        while !channel.isAwaited { await Task.yield() }
        read.cancel()
        await #expect(throws: HTTPError.cancelled) { try await read.value }
    }

    @Test func `who wants so many bytes at a time is woken when they are there, or at the end`() async throws {
        let (channel, reads) = makeChannel()
        _ = append("ab", to: channel)
        let read = Task {
            var pieces: [Data] = []
            let next = HTTPBody.channel(channel).pieces(atLeast: 5)
            while let piece = try await next() { pieces.append(piece) }
            return pieces
        }
        while !channel.isAwaited { await Task.yield() }
        #expect(append("cd", to: channel) == .buffered(4))
        #expect(reads.count == 0)
        #expect(append("efg", to: channel) == .buffered(7))
        while channel.bufferedCount > 0 || !channel.isAwaited { await Task.yield() }
        #expect(reads.count == 7)
        _ = append("h", to: channel)
        channel.finish()
        #expect(try await read.value == [Data("abcdefg".utf8), Data("h".utf8)])
    }

    @Test(arguments: [HTTPError.timedOut(phase: .body), .bodyTruncated])
    func `who waits for more has what came before it hears of an error`(error: HTTPError) async throws {
        let (channel, _) = makeChannel()
        let next = HTTPBody.channel(channel).pieces(atLeast: 5)
        async let failure: Void = {
            while !channel.isAwaited { await Task.yield() }
            _ = append("abc", to: channel)
            channel.finish(error)
        }()
        #expect(try await next() == Data("abc".utf8))
        await failure
        await #expect(throws: error) { try await next() }
    }

    @Test func `who waits for more can be cancelled`() async throws {
        let (channel, _) = makeChannel()
        let read = Task { try await HTTPBody.channel(channel).pieces(atLeast: 5)() }
        while !channel.isAwaited { await Task.yield() }
        read.cancel()
        await #expect(throws: HTTPError.cancelled) { try await read.value }
    }

    @Test func `random pieces come out as they went in, whichever way they are read`() async throws {
        for seed in UInt64(0)..<50 {
            var random = SeededGenerator(state: seed)
            let bytes = (0..<Int.random(in: 0...5000, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let (channel, _) = makeChannel(length: Bool.random(using: &random) ? bytes.count : nil)
            let collects = Bool.random(using: &random)
            let read = Task {
                if collects { return try await HTTPBody.channel(channel).collect(limit: 5000) }
                var all = Data()
                for try await piece in HTTPBody.channel(channel) { all.append(piece) }
                return all
            }
            var position = 0
            while position < bytes.count {
                let count = Int.random(in: 1...min(700, bytes.count - position), using: &random)
                _ = bytes[position..<position + count].withUnsafeBytes { channel.append($0) }
                position += count
                if Bool.random(using: &random) { await Task.yield() }
            }
            channel.finish()
            #expect(try await read.value == Data(bytes), "seed \(seed)")
        }
    }
}
