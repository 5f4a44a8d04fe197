package import Foundation

// The messages and methods of proto/hilum/conformance/v1/conformance.proto, which the tests' server answers.

/// What to do.
package struct ConformanceRequest: Message {
    package static let fullName = "hilum.conformance.v1.ConformanceRequest"

    /// Comes back, but for ClientStream.
    package var payload = Data()
    /// How many answers ServerStream gives.
    package var answers: Int32 = 0
    /// How long to wait before each answer, in milliseconds.
    package var delayMs: Int32 = 0
    /// How to fail; nil: not at all.
    package var failure: ConformanceFailure?
    /// Size of the trailing metadata `x-large`.
    package var trailerBytes: Int32 = 0

    package init() {}

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &payload)
        try visitor.field(2, &answers)
        try visitor.field(3, &delayMs)
        try visitor.field(4, &failure)
        try visitor.field(5, &trailerBytes)
    }
}

/// An end other than OK.
package struct ConformanceFailure: Message {
    package static let fullName = "hilum.conformance.v1.ConformanceFailure"

    /// The status code.
    package var code: Int32 = 0
    /// The status message.
    package var message = ""
    /// How many answers of ServerStream come before it.
    package var after: Int32 = 0

    package init() {}

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &code)
        try visitor.field(2, &message)
        try visitor.field(3, &after)
    }
}

/// An answer.
package struct ConformanceResponse: Message {
    package static let fullName = "hilum.conformance.v1.ConformanceResponse"

    /// Of the request.
    package var payload = Data()
    /// The place of the answer in its stream, from 0.
    package var index: Int32 = 0
    /// Bytes of payload received so far.
    package var receivedBytes: Int64 = 0
    /// What the caller's time-out left when the method began, in milliseconds; 0: no time-out.
    package var timeoutMs: Int64 = 0

    package init() {}

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &payload)
        try visitor.field(2, &index)
        try visitor.field(3, &receivedBytes)
        try visitor.field(4, &timeoutMs)
    }
}

/// Does as each request says.
package enum ConformanceMethods {
    package typealias Method = MethodDescriptor<ConformanceRequest, ConformanceResponse>

    /// Full name of the service.
    package static let service = "hilum.conformance.v1.ConformanceService"
    /// One request, one answer.
    package static let unary = Method(service: service, name: "Unary", shape: .unary, idempotency: .unknown)
    /// The same without side effects.
    package static let look = Method(service: service, name: "Look", shape: .unary, idempotency: .noSideEffects)
    /// Counts the bytes of all requests.
    package static let clientStream = Method(
        service: service, name: "ClientStream", shape: .clientStreaming, idempotency: .unknown)
    /// As many answers as the request says.
    package static let serverStream = Method(
        service: service, name: "ServerStream", shape: .serverStreaming, idempotency: .unknown)
    /// An answer to each request.
    package static let bidiStream = Method(
        service: service, name: "BidiStream", shape: .bidirectional, idempotency: .unknown)
}
