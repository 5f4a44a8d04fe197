import Foundation

/// `google.rpc.Status` in binary, for `grpc-status-details-bin`: code (1), message (2), details (3) of
/// `google.protobuf.Any` with type_url (1) and value (2). Three fields are not worth two more proto files.
enum GoogleRPCStatus {
    private static let prefix = "type.googleapis.com/"

    static func encode(_ status: RPCStatus) -> Data {
        var bytes = Data([0x08]) + varint(status.code.rawValue)
        bytes += field(2, Data(status.message.utf8))
        for detail in status.details {
            let any = field(1, Data((prefix + detail.typeName).utf8)) + field(2, detail.value)
            bytes += field(3, any)
        }
        return bytes
    }

    /// A field of bytes (wire type 2).
    private static func field(_ number: UInt8, _ value: Data) -> Data {
        Data([number << 3 | 2]) + varint(value.count) + value
    }

    private static func varint(_ value: Int) -> Data {
        var rest = UInt64(value)
        var bytes = Data()
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        return bytes
    }
}
