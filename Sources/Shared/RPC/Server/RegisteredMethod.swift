import Foundation

/// One method with its message types erased: bytes of messages in, bytes of messages out. Every protocol ends here.
struct RegisteredMethod: Sendable {
    typealias Unary = @Sendable (Data, Codec, CallContext) async throws -> Data
    typealias Streaming = @Sendable (ByteMessages, Codec, CallContext) async throws -> ByteMessages

    /// Throws what the handler throws; a request that cannot be decoded is an `UndecodableRequest`.
    enum Handler: Sendable {
        case unary(Unary)
        case streaming(Streaming)
    }

    /// `hilum.v1.ClassifierService/Classify`.
    let name: String
    let hasNoSideEffects: Bool
    /// Whether calls may run on the thread that their request came in on: see `RPCRouter.unary`.
    let isShort: Bool
    let handler: Handler
}
