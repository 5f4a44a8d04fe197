import RPC

/// `opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest` in its JSON form: identifiers in hexadecimal,
/// 64-bit numbers as text, enumerations as numbers.
struct OTLPTraces: Encodable {
    let resourceSpans: [ResourceSpans]

    init(_ resource: Resource, _ spans: [Span]) {
        let scope = ScopeSpans(
            scope: Scope(name: "hilum", version: ServiceProgram.version), spans: spans.map(Entry.init))
        resourceSpans = [ResourceSpans(resource: resource, scopeSpans: [scope])]
    }

    struct ResourceSpans: Encodable {
        let resource: Resource
        let scopeSpans: [ScopeSpans]
    }

    /// Who sends.
    struct Resource: Encodable {
        let attributes: [Attribute]

        init(service: String, version: String, instance: String) {
            attributes = [
                Attribute("service.name", .string(service)), Attribute("service.version", .string(version)),
                Attribute("service.instance.id", .string(instance)),
            ]
        }
    }

    struct ScopeSpans: Encodable {
        let scope: Scope
        let spans: [Entry]
    }

    struct Scope: Encodable {
        let name: String
        let version: String
    }

    struct Entry: Encodable {
        let traceId: String
        let spanId: String
        let parentSpanId: String?
        let traceState: String?
        let name: String
        let kind: Int
        let startTimeUnixNano: String
        let endTimeUnixNano: String
        let attributes: [Attribute]
        let status: Status

        init(_ span: Span) {
            traceId = span.context.traceID.hexadecimal
            spanId = span.context.spanID.hexadecimal
            parentSpanId = span.parent?.hexadecimal
            traceState = span.context.state.isEmpty ? nil : span.context.state
            name = span.name
            kind =
                switch span.kind {
                case .internal: 1
                case .server: 2
                case .client: 3
                }
            startTimeUnixNano = String(span.begin)
            endTimeUnixNano = String(span.end)
            attributes = span.attributes.sorted { $0.key < $1.key }.map(Attribute.init)
            status = Status(code: span.error == nil ? 0 : 2, message: span.error)
        }
    }

    /// Code 2 is an error.
    struct Status: Encodable {
        let code: Int
        let message: String?
    }

    struct Attribute: Encodable {
        let key: String
        let value: Value

        init(_ key: String, _ value: SpanAttribute) {
            self.key = key
            self.value =
                switch value {
                case .string(let text): Value(stringValue: text, intValue: nil)
                case .int(let number): Value(stringValue: nil, intValue: String(number))
                }
        }

        struct Value: Encodable {
            let stringValue: String?
            let intValue: String?
        }
    }
}
