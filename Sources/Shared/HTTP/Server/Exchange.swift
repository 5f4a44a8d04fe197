import Foundation

/// The head of an answer as a port sends it.
struct ResponseHead: Sendable {
    let status: Int
    let fields: HTTPFields
    /// Of the body in bytes, where known.
    let length: Int?
}

/// The side of a protocol that takes answers; on the loop's thread. `exchange` names the request.
///
/// A port that has forgotten the exchange (its peer left) drops what it is given.
protocol ResponsePort: AnyObject {
    /// The whole answer.
    func respond(_ exchange: Int32, _ head: ResponseHead, body: Data, trailers: HTTPFields?)
    /// The beginning of an answer whose body follows in pieces.
    func begin(_ exchange: Int32, _ head: ResponseHead)
    /// Resumes `taken` with true when there is room for more, with false when the peer has left.
    func write(_ exchange: Int32, _ bytes: Data, taken: CheckedContinuation<Bool, Never>)
    func finish(_ exchange: Int32, trailers: HTTPFields?)
    /// The body failed half-way: the peer must not take what it has for the whole.
    func abort(_ exchange: Int32)
    /// The Task of the exchange is over.
    func taskEnded(_ exchange: Int32)
}

/// One request on its way through the handler.
enum Exchange {
    /// Starts the handler on `request`, on the caller's thread up to where it first waits; its answer goes to `port`,
    /// which may be before this returns. Work that does not wait saves two changes of thread that way.
    ///
    /// - Parameter executor: where it runs from its beginning instead.
    static func start(
        _ id: Int32, _ request: HTTPRequest, handler: @escaping HTTPHandler, executor: (any TaskExecutor)?,
        port: LoopBound<any ResponsePort>
    ) -> Task<Void, Never> {
        let answer: @Sendable () async -> Void = {
            await ResponseSender(exchange: id, port: port).send(await handler(request))
        }
        guard let executor else { return Task.immediate(operation: answer) }
        return Task(executorPreference: executor, operation: answer)
    }
}

/// Brings one answer from a handler's Task to its port, no faster than the peer reads.
struct ResponseSender: Sendable {
    let exchange: Int32
    let port: LoopBound<any ResponsePort>

    /// The last that the Task does: it ends with the answer, so that the loop is woken once for both.
    func send(_ response: HTTPResponse) async {
        let head = ResponseHead(status: response.status, fields: response.fields, length: response.body.length)
        if case .whole(let body) = response.body.storage {
            let trailers = await response.trailers.resolved()
            port.run { [exchange] in
                $0.respond(exchange, head, body: body, trailers: trailers)
                $0.taskEnded(exchange)
            }
        } else {
            port.run { [exchange] in $0.begin(exchange, head) }
            await stream(response)
            port.run { [exchange] in $0.taskEnded(exchange) }
        }
    }

    private func stream(_ response: HTTPResponse) async {
        do {
            for try await bytes in response.body where !bytes.isEmpty {
                guard await write(bytes) else { return }
            }
            let trailers = await response.trailers.resolved()
            port.run { [exchange] in $0.finish(exchange, trailers: trailers) }
        } catch {
            port.run { [exchange] in $0.abort(exchange) }
        }
    }

    private func write(_ bytes: Data) async -> Bool {
        await withCheckedContinuation { taken in
            let isTaken = port.run { [exchange] in $0.write(exchange, bytes, taken: taken) }
            if !isTaken { taken.resume(returning: false) }
        }
    }
}

extension HTTPResponse.Trailers {
    fileprivate func resolved() async -> HTTPFields? {
        switch self {
        case .none: nil
        case .fields(let fields): fields
        case .afterBody(let make): await make()
        }
    }
}
