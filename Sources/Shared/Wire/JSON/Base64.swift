import Foundation

/// Base64 (RFC 4648) as proto3 JSON reads it: the standard or the URL-safe alphabet, with or without padding.
enum Base64 {
    /// - Returns: `nil` for a character of neither alphabet, wrong padding, or a rest of one character.
    static func decode(_ text: some Collection<UInt8>) -> Data? {
        let result = text.withContiguousStorageIfAvailable(decodeContiguous)
        return result ?? Array(text).withUnsafeBufferPointer(decodeContiguous)
    }

    private static func decodeContiguous(_ padded: UnsafeBufferPointer<UInt8>) -> Data? {
        let padding = padded.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding == 0 || padded.count.isMultiple(of: 4) else { return nil }
        let text = UnsafeBufferPointer(rebasing: padded.dropLast(padding))
        guard text.count % 4 != 1 else { return nil }

        let size = text.count * 3 / 4
        guard size > 0, let memory = malloc(size) else { return Data() }
        let output = UnsafeMutableBufferPointer(start: memory.assumingMemoryBound(to: UInt8.self), count: size)
        let valid = values.withUnsafeBufferPointer { decode(text, into: output, values: $0) }
        guard valid else {
            free(memory)
            return nil
        }
        return Data(bytesNoCopy: memory, count: size, deallocator: .free)
    }

    /// Writes the bytes that `text` stands for; false when a character has no value.
    private static func decode(
        _ text: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>,
        values: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var invalid: UInt8 = 0
        var written = 0
        var index = 0
        while index + 4 <= text.count {
            let a = values[Int(text[index])]
            let b = values[Int(text[index + 1])]
            let c = values[Int(text[index + 2])]
            let d = values[Int(text[index + 3])]
            invalid |= a | b | c | d
            output[written] = a << 2 | b >> 4
            output[written + 1] = b << 4 | c >> 2
            output[written + 2] = c << 6 | d
            written += 3
            index += 4
        }
        if index + 2 <= text.count {
            let a = values[Int(text[index])]
            let b = values[Int(text[index + 1])]
            let c = index + 2 < text.count ? values[Int(text[index + 2])] : 0
            invalid |= a | b | c
            output[written] = a << 2 | b >> 4
            if index + 2 < text.count { output[written + 1] = b << 4 | c >> 2 }
        }
        return invalid & 0x80 == 0
    }

    /// Six bits for each character; the top bit marks a character of no alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0x80, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
        values[Int(UInt8(ascii: "-"))] = 62
        values[Int(UInt8(ascii: "_"))] = 63
        return values
    }()
}
