/// Raw samples of 8 or 16 bits to values after the modality LUT.
struct SampleMapping: Equatable, Sendable {
    private let bitsAllocated: Int
    private let bitsStored: Int
    private let highBit: Int
    private let isSigned: Bool
    private let transform: ModalityTransform

    init(_ description: PixelDescription, transform: ModalityTransform) {
        bitsAllocated = description.bitsAllocated
        bitsStored = description.bitsStored
        highBit = description.highBit
        isSigned = description.isSigned
        self.transform = transform
    }

    /// The stored value in a raw word: bits above the high bit (old overlays) and below the stored ones are dropped.
    static func stored(_ raw: Int, _ description: PixelDescription) -> Int {
        let aligned = (raw >> (description.highBit + 1 - description.bitsStored)) & ((1 << description.bitsStored) - 1)
        guard description.isSigned, aligned >> (description.bitsStored - 1) == 1 else { return aligned }
        return aligned - (1 << description.bitsStored)
    }

    /// The value of every raw word: 256 or 65536.
    var table: [Float] {
        let words = (0..<(1 << bitsAllocated)).map { UInt16(truncatingIfNeeded: $0).littleEndian }
        return [Float](unsafeUninitializedCapacity: words.count) { out, count in
            words.withUnsafeBytes { map($0, as: UInt16.self, into: out) }
            count = words.count
        }
    }

    /// As many samples as there is room for and bytes hold.
    func map(_ raw: UnsafeRawBufferPointer, into out: UnsafeMutableBufferPointer<Float>) {
        if bitsAllocated == 8 {
            map(raw, as: UInt8.self, into: out)
        } else {
            map(raw, as: UInt16.self, into: out)
        }
    }

    /// The transform is chosen outside of the loops, so that the frequent ones run on vectors.
    private func map<Word: FixedWidthInteger>(
        _ raw: UnsafeRawBufferPointer, as word: Word.Type, into out: UnsafeMutableBufferPointer<Float>
    ) {
        switch transform {
        case .identity: map(raw, as: word, into: out) { Float($0) }
        case .linear(let slope, let intercept):
            map(raw, as: word, into: out) { Float(Double($0) * slope + intercept) }
        case .table(let table): map(raw, as: word, into: out) { Float(table[Int($0)]) }
        }
    }

    @inline(__always)
    private func map<Word: FixedWidthInteger>(
        _ raw: UnsafeRawBufferPointer, as word: Word.Type, into out: UnsafeMutableBufferPointer<Float>,
        _ value: (Int32) -> Float
    ) {
        let count = min(raw.count / MemoryLayout<Word>.size, out.count)
        guard count > 0, let from = raw.baseAddress, let to = out.baseAddress else { return }
        // The bits stored go to the top of a word of 32 bits and come down again with the sign, or without.
        let (up, down) = (UInt32(31 - highBit), UInt32(32 - bitsStored))
        func bits(_ index: Int) -> UInt32 {
            let bytes = from + index * MemoryLayout<Word>.size
            return UInt32(truncatingIfNeeded: Word(littleEndian: bytes.loadUnaligned(as: Word.self))) &<< up
        }
        if isSigned {
            for i in 0..<count { to[i] = value(Int32(bitPattern: bits(i)) &>> Int32(down)) }
        } else {
            for i in 0..<count { to[i] = value(Int32(bitPattern: bits(i) &>> down)) }
        }
    }
}
