import Foundation
import Synchronization

/// One body on its way from an event loop, which never waits, to the one Task that reads it.
///
/// The loop appends and hears, by `onConsumed`, when bytes have left, so that it reads no further than the reader.
package final class BodyChannel: Sendable {
    fileprivate typealias Reader = CheckedContinuation<Result<Data?, HTTPError>, Never>

    fileprivate struct State: ~Copyable {
        var chunks: [Data] = []
        var buffered = 0
        var end: Result<Void, HTTPError>?
        /// Set while a Task waits in `next` or `collect`.
        var reader: Reader?
        /// Set while a Task waits for so many bytes to be buffered, or for the end.
        var gathering: (task: CheckedContinuation<Void, Never>, count: Int)?
        /// The limit of the collection under way: bytes go straight into `collected`.
        var collecting: Int?
        var collected = CollectingBuffer()
        var wasDemanded = false
        /// The bytes that are left were counted as read when the body ended.
        var isSettled = false
    }

    /// What appending did to the bytes.
    package enum Appended: Equatable {
        /// Kept; so many bytes wait for the reader now.
        case buffered(Int)
        /// Taken or thrown away: they need no reader.
        case consumed
        /// Taken into the whole that a reader waits for.
        case collected
    }

    /// What became of bytes that were buffered.
    package enum Use: Sendable {
        /// They are with the reader.
        case taken
        /// They are part of the whole that the reader waits for, or has.
        case collected
    }

    /// In bytes, where the sender announced it.
    package let expectedLength: Int?
    private let keepsLastOnAccount: Bool
    private let onDemand: (@Sendable () -> Void)?
    private let onConsumed: @Sendable (Int, Use) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - keepsLastOnAccount: what is read once the body has ended is not told: whoever feeds it waits for nothing then.
    ///   - onDemand: called once, when the body is first asked for.
    ///   - onConsumed: called with a count of bytes that were buffered and now are not, and what became of them.
    package init(
        expectedLength: Int?, keepsLastOnAccount: Bool = false, onDemand: (@Sendable () -> Void)? = nil,
        onConsumed: @escaping @Sendable (Int, Use) -> Void
    ) {
        self.expectedLength = expectedLength
        self.keepsLastOnAccount = keepsLastOnAccount
        self.onDemand = onDemand
        self.onConsumed = onConsumed
    }
}

// MARK: The loop's side
extension BodyChannel {
    package func append(_ bytes: UnsafeRawBufferPointer) -> Appended {
        append(Lent(bytes), as: nil)
    }

    /// As above, with bytes that need not be copied.
    func append(_ bytes: Data) -> Appended {
        bytes.withUnsafeBytes { append(Lent($0), as: bytes) }
    }

    private func append(_ bytes: Lent<UnsafeRawBufferPointer>, as data: Data?) -> Appended {
        let (result, reader, outcome, gathering) = state.withLock { state in
            let (result, reader, outcome) = state.append(bytes, as: data, expected: expectedLength)
            return (result, reader, outcome, state.endGathering())
        }
        reader?.resume(returning: outcome)
        gathering?.resume()
        return result
    }

    /// Lets `read` put bytes straight where a reader collects the body, of which at least `rest` bytes are to come.
    ///
    /// - Parameter read: gives the count of bytes it has put there; must not use the channel.
    /// - Returns: that count; nil where nobody collects, or there is no room for a large body yet.
    package func fill(rest: Int, _ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int? {
        withoutActuallyEscaping(read) { read in
            let read = Lent(read)
            return state.withLock { state in
                guard state.end == nil, let limit = state.collecting else { return nil }
                return state.collected.fill(atMost: min(rest, limit - state.collected.count), read.value)
            }
        }
    }

    /// Up to this size what is left of a complete body counts as read.
    private static let smallCount = 16 << 10

    /// Ends the body. What is buffered can still be read, unless `error` says the body is of no use.
    ///
    /// - Parameter keepsBuffered: a reader that takes the body piece by piece has what came before it hears of `error`.
    /// - Returns: how many buffered bytes count as read from now on, without `onConsumed`.
    @discardableResult
    package func finish(_ error: HTTPError? = nil, keepsBuffered: Bool = false) -> Int {
        let (settled, reader, outcome, gathering) = state.withLock { state in
            // Who waits for more would have had what came, one by one.
            let keepsBuffered = keepsBuffered || state.gathering != nil
            let (settled, reader, outcome) = state.finish(
                error, keepsBuffered: keepsBuffered, smallCount: Self.smallCount)
            return (settled, reader, outcome, state.endGathering())
        }
        reader?.resume(returning: outcome)
        gathering?.resume()
        return settled
    }

    /// Whether a Task waits for bytes just now.
    package var isAwaited: Bool { state.withLock { $0.reader != nil || $0.gathering != nil } }

    /// Bytes that wait for their reader.
    package var bufferedCount: Int { state.withLock { $0.buffered } }
}

extension BodyChannel.State {
    /// Gives the Task that waited for more where it has enough, or nothing more comes.
    fileprivate mutating func endGathering() -> CheckedContinuation<Void, Never>? {
        guard let waiting = gathering, end != nil || buffered >= waiting.count else { return nil }
        gathering = nil
        return waiting.task
    }

    /// Takes `bytes` where they are wanted; gives the reader to resume, if any, and what to tell it.
    fileprivate mutating func append(
        _ borrowed: Lent<UnsafeRawBufferPointer>, as data: Data?, expected: Int?
    ) -> (BodyChannel.Appended, BodyChannel.Reader?, Result<Data?, HTTPError>) {
        guard end == nil else { return (.consumed, nil, .success(nil)) }
        let bytes = borrowed.value
        if let limit = collecting {
            let reader = collect(bytes, limit: limit, expected: expected)
            return (end == nil ? .collected : .consumed, reader, failure)
        }
        if let reader = reader.take() {
            return (.consumed, reader, .success(data ?? Data(bytes)))
        }
        chunks.append(data ?? Data(bytes))
        buffered += bytes.count
        return (.buffered(buffered), nil, .success(nil))
    }

    /// What a reader hears of a body that ended in an error.
    fileprivate var failure: Result<Data?, HTTPError> {
        if case .failure(let error) = end { return .failure(error) }
        return .success(nil)
    }

    /// Sets the end; gives the bytes that count as read now, and the reader to resume, if any, with what to tell it.
    fileprivate mutating func finish(
        _ error: HTTPError?, keepsBuffered: Bool, smallCount: Int
    ) -> (Int, BodyChannel.Reader?, Result<Data?, HTTPError>) {
        guard end == nil else { return (0, nil, .success(nil)) }
        var settled = 0
        if let error {
            end = .failure(error)
            settled = buffered
            isSettled = true
            if !keepsBuffered {
                chunks = []
                buffered = 0
            }
        } else {
            end = .success(())
            if buffered <= smallCount {
                settled = buffered
                isSettled = true
            }
        }
        guard let reader = reader.take() else { return (settled, nil, .success(nil)) }
        if let error { return (settled, reader, .failure(error)) }
        let whole = collecting.take() == nil ? nil : collected.take()
        return (settled, reader, .success(whole))
    }

    /// Adds to the collection; gives the reader to resume where that ends it.
    fileprivate mutating func collect(
        _ bytes: UnsafeRawBufferPointer, limit: Int, expected: Int?
    ) -> BodyChannel.Reader? {
        if bytes.count > limit - collected.count {
            end = .failure(.bodyTooLarge(limit: limit))
        } else if !collected.append(bytes, expected: expected) {
            end = .failure(.system(call: "realloc", code: ENOMEM))
        }
        guard end != nil else { return nil }
        collected = CollectingBuffer()
        collecting = nil
        return reader.take()
    }
}

// MARK: The reader's side
extension BodyChannel {
    /// The next bytes, nil at the end.
    func next() async throws(HTTPError) -> Data? {
        try await wait(.taken) { state in
            guard !state.chunks.isEmpty else { return nil }
            state.buffered -= state.chunks[0].count
            return .success(state.chunks.removeFirst())
        }
    }

    /// So many bytes or more as one piece, fewer at the end, where nil follows. One change of thread is enough for all.
    ///
    /// - Parameter count: less than what is buffered of a body at most.
    func next(atLeast count: Int) async throws(HTTPError) -> Data? {
        await gather(count)
        return try await wait(.taken) { state in
            guard !state.chunks.isEmpty else { return nil }
            return .success(state.takeChunks())
        }
    }

    private func gather(_ count: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (task: CheckedContinuation<Void, Never>) in
                let (isFirstDemand, isOver) = state.withLock { state in
                    defer { state.wasDemanded = true }
                    let isOver =
                        state.end != nil || state.buffered >= count || Task.isCancelled || state.reader != nil
                        || state.gathering != nil
                    if !isOver { state.gathering = (task, count) }
                    return (!state.wasDemanded, isOver)
                }
                if isFirstDemand { onDemand?() }
                if isOver { task.resume() }
            }
        } onCancel: {
            cancelRead()
        }
    }

    /// Everything from here to the end as one piece.
    func collect(limit: Int) async throws(HTTPError) -> Data {
        let whole = try await wait(.collected) { state in
            guard state.buffered <= limit else { return .failure(.bodyTooLarge(limit: limit)) }
            if case .success = state.end {
                return .success(state.takeChunks())
            }
            for chunk in state.chunks {
                let hasRoom = chunk.withUnsafeBytes { state.collected.append($0, expected: self.expectedLength) }
                guard hasRoom else { return .failure(.system(call: "realloc", code: ENOMEM)) }
            }
            state.chunks = []
            state.buffered = 0
            state.collecting = limit
            return nil
        }
        return whole ?? Data()
    }

    /// Waits until the loop has what `take` did not find at once.
    private func wait(
        _ use: Use, _ take: @Sendable (inout State) -> Result<Data?, HTTPError>?
    ) async throws(HTTPError) -> Data? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (reader: Reader) in
                begin(reader, use, take)
            }
        } onCancel: {
            cancelRead()
        }
        return try result.get()
    }

    private func begin(
        _ reader: Reader, _ use: Use, _ take: @Sendable (inout State) -> Result<Data?, HTTPError>?
    ) {
        var isFirstDemand = false
        var consumed = 0
        let outcome = state.withLock { state -> Result<Data?, HTTPError>? in
            guard state.reader == nil else { return .failure(.bodyAlreadyConsumed) }
            if case .failure(let error) = state.end, use == .collected || state.chunks.isEmpty {
                state.chunks = []
                state.buffered = 0
                return .failure(error)
            }
            isFirstDemand = !state.wasDemanded
            state.wasDemanded = true
            let before = state.buffered
            let taken = take(&state)
            let isTold = !state.isSettled && !(keepsLastOnAccount && state.end != nil)
            consumed = isTold ? before - state.buffered : 0
            if let taken { return taken }
            if state.end != nil { return .success(nil) }
            if Task.isCancelled { return .failure(.cancelled) }
            state.reader = reader
            return nil
        }
        if isFirstDemand { onDemand?() }
        if consumed > 0 { onConsumed(consumed, use) }
        if let outcome { reader.resume(returning: outcome) }
    }

    private func cancelRead() {
        let (reader, gathering) = state.withLock { state in
            state.collecting = nil
            return (state.reader.take(), state.gathering.take())
        }
        reader?.resume(returning: .failure(.cancelled))
        gathering?.task.resume()
    }
}

extension BodyChannel.State {
    fileprivate mutating func takeChunks() -> Data {
        defer {
            chunks = []
            buffered = 0
        }
        guard let first = chunks.first, chunks.count > 1 else { return chunks.first ?? Data() }
        var whole = Data(capacity: buffered)
        whole.append(first)
        for chunk in chunks.dropFirst() { whole.append(chunk) }
        return whole
    }
}

/// Something lent for the length of one call.
private struct Lent<Value>: @unchecked Sendable {  // never kept, and used by nobody else meanwhile
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
