import Foundation

/// The JSON body of an error in Connect (connectrpc.com/docs/protocol, "Error end-stream").
struct ConnectError: Codable {
    struct Detail: Codable {
        let type: String
        /// Base64 without padding.
        let value: String
    }

    let code: String
    let message: String?
    let details: [Detail]?

    init(_ status: RPCStatus) {
        code = status.code.connectName
        message = status.message.isEmpty ? nil : status.message
        details =
            status.details.isEmpty
            ? nil : status.details.map { Detail(type: $0.typeName, value: $0.value.unpaddedBase64) }
    }

    static func encode(_ status: RPCStatus) -> Data {
        encoded(ConnectError(status))
    }

    /// The JSON of `value`, which holds nothing but strings and so always has one; should that ever fail, a code
    /// still gets through.
    static func encoded(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)) ?? Data(#"{"code":"internal"}"#.utf8)
    }

    /// The status that an error body says; nil where it is none. A detail that is not base64 is left out.
    static func decode(_ body: Data) -> RPCStatus? {
        guard let error = try? JSONDecoder().decode(ConnectError.self, from: body),
            let code = RPCStatus.Code(connectName: error.code)
        else { return nil }
        let details = (error.details ?? []).compactMap { detail in
            Data(anyBase64: detail.value).map { RPCStatus.Detail(typeName: detail.type, value: $0) }
        }
        return RPCStatus(code, error.message ?? "", details: details)
    }
}
