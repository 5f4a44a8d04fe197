import CNGHTTP2

/// The fields of one head or of trailers, in the form nghttp2 takes them: all bytes in one piece of memory.
struct HTTP2FieldBlock {
    private var bytes: [UInt8] = []
    private var lengths: [(name: Int, value: Int)] = []
    private var pairs: [nghttp2_nv] = []

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        pairs.removeAll(keepingCapacity: true)
    }

    mutating func append(_ name: String, _ value: String) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: value.utf8)
        lengths.append((name.utf8.count, value.utf8.count))
    }

    /// Gives `body` the fields; valid during the call.
    mutating func withPairs(_ body: (UnsafeBufferPointer<nghttp2_nv>) -> Void) {
        bytes.withUnsafeMutableBufferPointer { buffer in
            var position = buffer.baseAddress
            for (name, value) in lengths {
                pairs.append(
                    nghttp2_nv(
                        name: position, value: position?.advanced(by: name), namelen: name, valuelen: value,
                        flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
                position = position?.advanced(by: name + value)
            }
            pairs.withUnsafeBufferPointer(body)
        }
    }
}
