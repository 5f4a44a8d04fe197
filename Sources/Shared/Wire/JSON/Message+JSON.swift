package import Foundation

extension Message {
    /// Reads the proto3 JSON form.
    package init(jsonUTF8: Data) throws(WireError) {
        throw .invalidJSON(offset: 0, reason: "not written yet")
    }

    /// The proto3 JSON form.
    package func jsonUTF8(pretty: Bool = false) throws(WireError) -> Data {
        throw .invalidJSON(offset: 0, reason: "not written yet")
    }
}
