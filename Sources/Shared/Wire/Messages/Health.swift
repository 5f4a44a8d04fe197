// The messages and methods of proto/grpc/health/v1/health.proto.

/// Names the service asked for.
package struct HealthCheckRequest: Message {
    package static let fullName = "grpc.health.v1.HealthCheckRequest"

    /// Full name of the service; empty means the whole server.
    package var service: String

    /// A message with the given fields; the others have their defaults.
    package init(
        service: String = ""
    ) {
        self.service = service
    }

    package init() {
        self.init(service: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &service)
    }
}

/// The state of a service.
package struct HealthCheckResponse: Message {
    package static let fullName = "grpc.health.v1.HealthCheckResponse"

    /// States of a service.
    package enum ServingStatus: WireEnum {
        /// Not known.
        case unknown
        /// Can be called.
        case serving
        /// Cannot be called now.
        case notServing
        /// No such service; used by Watch alone.
        case serviceUnknown
        /// A value that this version does not know.
        case unrecognized(Int32)

        package init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .unknown
                case 1: .serving
                case 2: .notServing
                case 3: .serviceUnknown
                default: .unrecognized(rawValue)
                }
        }

        package var rawValue: Int32 {
            switch self {
            case .unknown: 0
            case .serving: 1
            case .notServing: 2
            case .serviceUnknown: 3
            case .unrecognized(let value): value
            }
        }
    }

    /// The state.
    package var status: ServingStatus

    /// A message with the given fields; the others have their defaults.
    package init(
        status: ServingStatus = .unknown
    ) {
        self.status = status
    }

    package init() {
        self.init(status: .unknown)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &status)
    }
}

/// Asks for every service.
package struct HealthListRequest: Message {
    package static let fullName = "grpc.health.v1.HealthListRequest"

    package init() {}

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {}
}

/// The states of all services.
package struct HealthListResponse: Message {
    package static let fullName = "grpc.health.v1.HealthListResponse"

    /// By the full names of the services; the empty name means the whole server.
    package var statuses: [String: HealthCheckResponse]

    /// A message with the given fields; the others have their defaults.
    package init(statuses: [String: HealthCheckResponse]) {
        self.statuses = statuses
    }

    package init() {
        self.init(statuses: [:])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &statuses)
    }
}

/// Tells whether a service can be called.
package enum HealthMethods {
    /// Full name of the service.
    package static let service = "grpc.health.v1.Health"
    /// The state now.
    package static let check = MethodDescriptor<HealthCheckRequest, HealthCheckResponse>(
        service: service, name: "Check", shape: .unary, idempotency: .unknown)
    /// The state of every service now.
    package static let list = MethodDescriptor<HealthListRequest, HealthListResponse>(
        service: service, name: "List", shape: .unary, idempotency: .unknown)
    /// The state now and at each change.
    package static let watch = MethodDescriptor<HealthCheckRequest, HealthCheckResponse>(
        service: service, name: "Watch", shape: .serverStreaming, idempotency: .unknown)
}
