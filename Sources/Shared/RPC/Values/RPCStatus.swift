package import Foundation
package import Wire

/// How a call ended, in gRPC's terms (grpc/grpc doc/statuscodes.md). Every protocol has its own form of it.
package struct RPCStatus: Error, Sendable, Equatable {
    /// The seventeen codes, with their numbers on the wire.
    package enum Code: Int, Sendable, CaseIterable {
        case ok = 0
        case cancelled = 1
        case unknown = 2
        case invalidArgument = 3
        case deadlineExceeded = 4
        case notFound = 5
        case alreadyExists = 6
        case permissionDenied = 7
        case resourceExhausted = 8
        case failedPrecondition = 9
        case aborted = 10
        case outOfRange = 11
        case unimplemented = 12
        case `internal` = 13
        case unavailable = 14
        case dataLoss = 15
        case unauthenticated = 16
    }

    /// A message that says more than the text, for programs.
    package struct Detail: Sendable, Equatable {
        /// The full name of the message: `hilum.v1.ErrorInfo`.
        package let typeName: String
        /// Its binary form.
        package let value: Data

        package init(typeName: String, value: Data) {
            self.typeName = typeName
            self.value = value
        }

        /// The detail as `type`; nil where it is of another type or cannot be read.
        package func decoded<M: Message>(as type: M.Type) -> M? {
            guard typeName == M.fullName else { return nil }
            return try? M(serialized: value)
        }
    }

    package let code: Code
    /// For people; no patient data.
    package let message: String
    package let details: [Detail]

    package init(_ code: Code, _ message: String = "", details: [Detail] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    /// A status with `details` in their binary form; one that cannot be serialised is left out.
    package init(_ code: Code, _ message: String, details: [any Message]) {
        self.init(
            code, message,
            details: details.compactMap { detail in
                (try? detail.serialized()).map { Detail(typeName: type(of: detail).fullName, value: $0) }
            })
    }

    package static let ok = RPCStatus(.ok)

    /// The first detail that is an `M`.
    package func detail<M: Message>(_ type: M.Type) -> M? {
        details.lazy.compactMap { $0.decoded(as: type) }.first
    }
}

/// An error that knows its status. Any other error reaches the caller as `unknown` with an empty message.
package protocol RPCStatusConvertible: Error {
    var rpcStatus: RPCStatus { get }
}
