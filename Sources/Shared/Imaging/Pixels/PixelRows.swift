package import Foundation

/// The pixels of one image, row by row: numbers, or the words of its file with what each word means.
///
/// Words stay where they are, in the file or in what a codec made of it, and become numbers where somebody looks at
/// them: a large radiograph is never in memory as numbers as a whole.
package enum PixelRows: Sendable {
    case numbers([Float])
    /// Little endian words of 8 or 16 bits, and the value of every word: 256 or 65536; the ramp on which those that
    /// occur lie, where they do.
    case words(Data, values: [Float], ramp: WordRamp? = nil)

    /// Lets `body` read; its pointers are good until it returns.
    package func withReader<R, E: Error>(_ body: (PixelReader) throws(E) -> R) throws(E) -> R {
        // `withUnsafeBytes` of arrays and data throws what its body throws, but does not say so by type.
        let result: Result<R, E> =
            switch self {
            case .numbers(let numbers):
                numbers.withUnsafeBufferPointer { numbers in
                    Result { () throws(E) in try body(PixelReader(content: .numbers(numbers))) }
                }
            case .words(let words, let values, let ramp):
                words.withUnsafeBytes { words in
                    values.withUnsafeBufferPointer { values in
                        let content: PixelReader.Content =
                            values.count == 256
                            ? .bytes(words, values: values) : .words(words, values: values, ramp: ramp)
                        return Result { () throws(E) in try body(PixelReader(content: content)) }
                    }
                }
            }
        return try result.get()
    }

    /// The first `count` pixels as numbers.
    package func numbers(count: Int) -> [Float] {
        if case .numbers(let numbers) = self, numbers.count == count { return numbers }
        return withReader { reader in
            [Float](unsafeUninitializedCapacity: count) { out, made in
                if let out = out.baseAddress { reader.copy(0..<count, to: out) }
                made = count
            }
        }
    }
}

/// Access to pixels while they are in place; nothing outlives the closure that it was handed to.
package struct PixelReader: @unchecked Sendable {  // reads only
    enum Content {
        case numbers(UnsafeBufferPointer<Float>)
        case bytes(UnsafeRawBufferPointer, values: UnsafeBufferPointer<Float>)
        case words(UnsafeRawBufferPointer, values: UnsafeBufferPointer<Float>, ramp: WordRamp?)
    }

    let content: Content

    /// One pixel, counted from the first.
    package subscript(index: Int) -> Float {
        switch content {
        case .numbers(let numbers): numbers[index]
        case .bytes(let bytes, let values): values[Int(bytes[index])]
        case .words(let words, let values, _): values[Self.word(index, of: words)]
        }
    }

    /// The word of one pixel; nil where pixels are numbers.
    func word(_ index: Int) -> Int? {
        switch content {
        case .numbers: nil
        case .bytes(let bytes, _): Int(bytes[index])
        case .words(let words, _, _): Self.word(index, of: words)
        }
    }

    @inline(__always)
    private static func word(_ index: Int, of words: UnsafeRawBufferPointer) -> Int {
        Int(UInt16(littleEndian: words.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
    }

    /// Consecutive pixels as numbers: those in place, or made in `scratch`, which has room for them.
    package func numbers(_ range: Range<Int>, scratch: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
        if case .numbers(let numbers) = content, let first = numbers.baseAddress {
            precondition(range.lowerBound >= 0 && range.upperBound <= numbers.count)
            return first + range.lowerBound
        }
        copy(range, to: scratch)
        return UnsafePointer(scratch)
    }

    func copy(_ range: Range<Int>, to out: UnsafeMutablePointer<Float>) {
        switch content {
        case .numbers(let numbers):
            precondition(range.lowerBound >= 0 && range.upperBound <= numbers.count)
            if let first = numbers.baseAddress {
                out.initialize(from: first + range.lowerBound, count: range.count)
            }
        case .bytes(let bytes, let values):
            precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count && values.count == 256)
            guard let from = bytes.baseAddress, let values = values.baseAddress else { return }
            for i in 0..<range.count {
                out[i] = values[Int((from + (range.lowerBound + i)).load(as: UInt8.self))]
            }
        case .words(let words, let values, let ramp):
            precondition(range.lowerBound >= 0 && 2 * range.upperBound <= words.count && values.count == 65536)
            guard let from = words.baseAddress, let values = values.baseAddress else { return }
            let first = from + 2 * range.lowerBound
            if let ramp { return ramp.copy(first, count: range.count, to: out) }
            let whole = range.count / 4 * 4
            for i in stride(from: 0, to: whole, by: 4) {  // four words at once: half as many loads
                let four = UInt64(littleEndian: (first + 2 * i).loadUnaligned(as: UInt64.self))
                out[i] = values[Int(four & 0xFFFF)]
                out[i + 1] = values[Int(four >> 16 & 0xFFFF)]
                out[i + 2] = values[Int(four >> 32 & 0xFFFF)]
                out[i + 3] = values[Int(four >> 48)]
            }
            for i in whole..<range.count { out[i] = values[Self.word(range.lowerBound + i, of: words)] }
        }
    }
}
