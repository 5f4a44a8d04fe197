import Foundation
import Imaging
import Testing

@Suite("Hostile data sets")
struct HostileDataSetTests {
    /// A Part 10 file in explicit little endian whose data set is `body`.
    private func file(_ body: Data, syntax: TransferSyntax = .explicitVRLittleEndian) -> Data {
        var uid = Data(syntax.rawValue.utf8)
        if uid.count % 2 == 1 { uid.append(0) }
        let element = Data([0x02, 0x00, 0x10, 0x00] + "UI".utf8 + [UInt8(uid.count), 0]) + uid
        let length = Data([0x02, 0x00, 0x00, 0x00] + "UL".utf8 + [4, 0, UInt8(element.count), 0, 0, 0])
        return Data(count: 128) + Data("DICM".utf8) + length + element + body
    }

    private func sequences(depth: Int) -> Data {
        let open =
            Data([0x40, 0x00, 0x30, 0xA7] + "SQ".utf8 + [0, 0, 0xFF, 0xFF, 0xFF, 0xFF])
            + Data([0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF])
        let close = Data([0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0]) + Data([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0])
        var body = Data(capacity: depth * 36)
        for _ in 0..<depth { body.append(open) }
        for _ in 0..<depth { body.append(close) }
        return body
    }

    @Test func `sequences nested deep are read, sequences nested without end are refused`() throws {
        var dataSet: DataSet? = try DataSet(parsing: file(sequences(depth: 60)))
        var depth = 0
        while let item = dataSet?.sequence(DICOMTag(0x0040, 0xA730)).first {
            depth += 1
            dataSet = item
        }
        #expect(depth == 60)
        for depth in [10_000, 1_000_000] {
            let bytes = file(sequences(depth: depth))
            let error = #expect(throws: ImagingError.self) { try DataSet(parsing: bytes) }
            guard case .malformedDICOM(.sequencesTooDeep, _) = error else {
                Issue.record("depth \(depth): \(String(describing: error))")
                continue
            }
        }
    }

    @Test func `a flood of empty elements is refused`() {
        var limits = ImageLimits.standard
        limits.maxElements = 10_000
        let element = Data([0x41, 0x00, 0x10, 0x10] + "LO".utf8 + [0, 0])
        var body = Data()
        for _ in 0..<50_000 { body.append(element) }
        let error = #expect(throws: ImagingError.self) { try DataSet(parsing: file(body), limits: limits) }
        guard case .malformedDICOM(.tooManyElements, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a deflated data set that grows beyond the limit is refused`() throws {
        let dataSet = try SyntheticImage(rows: 1000, columns: 1000, words: [Int](repeating: 0, count: 1_000_000))
            .dataSet()
        let bomb = try dataSet.serialised(as: .deflatedExplicitVRLittleEndian)
        #expect(bomb.count < 10_000)
        var limits = ImageLimits.standard
        limits.maxInflatedBytes = 1 << 20
        let error = #expect(throws: ImagingError.self) { try DataSet(parsing: bomb, limits: limits) }
        guard case .malformedDICOM(.inflatesTooFar, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try ImageDecoder.decode(bomb).values.count == 1_000_000)
    }

    @Test(arguments: [UInt32(0xFFFF_FFFE), 0xFFFF_FFFF, 0x7FFF_FFFE, 1000])
    func `a length beyond the file is refused without allocating it`(length: UInt32) {
        let lengthBytes = (0..<4).map { UInt8(length >> (8 * $0) & 0xFF) }
        for vr in ["OB", "OW", "UN", "SQ", "UT"] {
            let body = Data([0x09, 0x00, 0x10, 0x10] + vr.utf8 + [0, 0] + lengthBytes) + Data(count: 16)
            #expect(throws: ImagingError.self, "\(vr)") { try DataSet(parsing: file(body)) }
        }
    }

    @Test(arguments: ["1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.201", "1.2.3.4"])
    func `a transfer syntax without a codec is named`(uid: String) throws {
        let bytes = try Fixture.bytes("grey8_jpegls_80.dcm")
        let old = Data(TransferSyntax.jpegLSLossless.rawValue.utf8)
        let range = try #require(bytes.range(of: old))
        var padded = Data(uid.utf8)
        padded.append(Data(count: max(0, old.count - padded.count)))
        // The length of the element and of the group stay true: only UIDs up to this length are tried.
        var changed = bytes
        if padded.count > old.count {
            padded = padded.prefix(old.count)
        }
        changed.replaceSubrange(range, with: padded)
        let name = String(decoding: padded.prefix { $0 != 0 }, as: UTF8.self)
        #expect(throws: ImagingError.unsupportedTransferSyntax(uid: name)) { try ImageDecoder.decode(changed) }
    }

    @Test func `more frames declared than present are refused`() throws {
        for name in ["frames12_rle", "frames12_jpegls_80", "frames12_j2k_90", "frames12_lossless_70"] {
            let dataSet = try DataSet(parsing: Fixture.bytes("\(name).dcm"))
            try dataSet.set(.numberOfFrames, 5)
            #expect(throws: ImagingError.fewerFrames(declared: 5, found: 3), "\(name)") {
                try ImageDecoder.decode(dataSet)
            }
        }
    }

    @Test(arguments: ["lossless_70", "jpegls_80", "j2k_90", "baseline_50"])
    func `a codestream of another size than the data set says is refused`(kind: String) throws {
        let dataSet = try DataSet(parsing: Fixture.bytes("grey8_\(kind).dcm"))
        try dataSet.set(.rows, 38)
        #expect(throws: ImagingError.codestreamMismatch(keyword: "Rows", declared: 38, found: 37)) {
            try ImageDecoder.decode(dataSet)
        }
    }

    @Test func `bytes that are nothing are refused`() {
        for bytes in [
            Data(), Data([0]), Data("hello, world, this is text".utf8), Data(count: 4096),
            Data(repeating: 0xFF, count: 300),
        ] {
            #expect(throws: ImagingError.self) { try ImageDecoder.decode(bytes) }
            for media in MediaType.allCases {
                #expect(throws: ImagingError.self) { try ImageDecoder.decode(bytes, as: media) }
            }
        }
    }
}
