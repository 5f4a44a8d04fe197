package import Wire

/// The methods a program offers: registered here, called over a protocol (`respond`) or in process
/// (`InProcessTransport`). It knows no socket.
package struct RPCRouter: Sendable {
    /// Turns what a handler threw into what its caller sees.
    package typealias ErrorMapper = @Sendable (any Error) -> RPCStatus

    let limits: RPCLimits
    let errorMapper: ErrorMapper
    let observer: (any RPCObserver)?
    let gate: (any RPCGate)?
    private(set) var methods: [String: RegisteredMethod] = [:]
    private(set) var services: Set<String> = []

    /// - Parameters:
    ///   - errorMapper: by default `RPCStatus(mapping:)`.
    ///   - gate: decides who may call; nil: everybody.
    package init(
        limits: RPCLimits = RPCLimits(), errorMapper: @escaping ErrorMapper = { RPCStatus(mapping: $0) },
        observer: (any RPCObserver)? = nil, gate: (any RPCGate)? = nil
    ) {
        self.limits = limits
        self.errorMapper = errorMapper
        self.observer = observer
        self.gate = gate
    }

    /// Whether calls with this path of HTTP may have many messages: their bodies have no length that one could bound as
    /// one bounds a message.
    package func isStreaming(_ path: String) -> Bool {
        if case .streaming = methods[path]?.handler { true } else { false }
    }

    /// The full names of the services that have a method here.
    package var serviceNames: [String] { services.sorted() }

    /// The methods' names: `hilum.v1.ClassifierService/Classify`.
    package var methodNames: [String] { methods.values.map(\.name).sorted() }

    /// Answers calls of a unary method.
    ///
    /// - Parameter isShort: says that the method takes microseconds, never blocks and answers little. Its small requests
    ///   run on the thread they came in on, a server's event loop, and are not interrupted at their deadline.
    package mutating func unary<Q: Message, R: Message>(
        _ method: MethodDescriptor<Q, R>, isShort: Bool = false,
        _ body: @escaping @Sendable (Q, CallContext) async throws -> R
    ) {
        register(
            method, shape: .unary, isShort: isShort,
            .unary { [gate] request, codec, context in
                let request = try codec.decode(Q.self, from: request)
                try await gate?.willAnswer(request, context)
                return try codec.encode(await body(request, context))
            })
    }

    /// Answers calls whose caller sends many messages and gets one.
    package mutating func clientStreaming<Q: Message, R: Message>(
        _ method: MethodDescriptor<Q, R>,
        _ body: @escaping @Sendable (RPCMessages<Q>, CallContext) async throws -> R
    ) {
        register(
            method, shape: .clientStreaming,
            .streaming { requests, codec, context in
                let response = try await body(RPCMessages(requests, codec), context)
                return ByteMessages(one: try codec.encode(response))
            })
    }

    /// Answers calls whose caller sends one message and gets many; the sequence is pulled as fast as the caller reads.
    package mutating func serverStreaming<Q: Message, R: Message, S: AsyncSequence & Sendable>(
        _ method: MethodDescriptor<Q, R>, _ body: @escaping @Sendable (Q, CallContext) async throws -> S
    ) where S.Element == R {
        register(
            method, shape: .serverStreaming,
            .streaming { [gate] requests, codec, context in
                let request = try codec.decode(Q.self, from: await requests.only())
                try await gate?.willAnswer(request, context)
                return ByteMessages(encoding: try await body(request, context), codec)
            })
    }

    /// Answers calls in which both sides send many messages.
    package mutating func bidirectional<Q: Message, R: Message, S: AsyncSequence & Sendable>(
        _ method: MethodDescriptor<Q, R>,
        _ body: @escaping @Sendable (RPCMessages<Q>, CallContext) async throws -> S
    ) where S.Element == R {
        register(
            method, shape: .bidirectional,
            .streaming { requests, codec, context in
                ByteMessages(encoding: try await body(RPCMessages(requests, codec), context), codec)
            })
    }

    private mutating func register<Q, R>(
        _ method: MethodDescriptor<Q, R>, shape: MethodDescriptor<Q, R>.Shape, isShort: Bool = false,
        _ handler: RegisteredMethod.Handler
    ) {
        precondition(method.shape == shape, "\(method.path) has another shape")
        services.insert(method.service)
        methods[method.path] = RegisteredMethod(
            name: "\(method.service)/\(method.name)", hasNoSideEffects: method.idempotency == .noSideEffects,
            isShort: isShort, handler: handler)
    }
}
