import Foundation
import Imaging
import Testing

/// Every file here ends in an image or a typed error, soon and in bounded memory.
@Suite("Hostile files", .serialized)
struct HostileFilesTests {
    /// Debug builds, which the sanitizers watch, are slower.
    #if DEBUG
        static let seconds = 8.0
    #else
        static let seconds = 2.0
    #endif
    static let memory = 1 << 30

    /// Decodes, presents and shrinks, as a service would; measures both bounds. Anything but a typed error fails.
    private func survives(_ bytes: Data, as media: MediaType? = nil, _ name: String) throws {
        ProcessMemory.resetPeak()
        let started = ThreadTime.now
        do {
            let image = try ImageDecoder.decode(bytes, as: media)
            #expect(image.values.count == image.rows * image.columns * image.frames, "\(name)")
            _ = try image.presented().square(64)
        } catch {
            // Typed throws: nothing but an ImagingError comes here.
        }
        let taken = (ThreadTime.now - started) / .seconds(1)
        #expect(taken < Self.seconds, "\(name) took \(taken) s")
        if let peak = ProcessMemory.peak { #expect(peak < Self.memory, "\(name) took \(peak >> 20) MiB") }
    }

    @Test(
        .enabled(if: SharedData.isPresent, "../shared/data is not here"),
        arguments: Facts.all.filter { ["malformed", "fuzz", "other"].contains($0.folder) })
    func `a malformed file ends in an image or a typed error`(facts: Facts) throws {
        let bytes = try SharedData.bytes(facts.file)
        try survives(bytes, facts.file)
        try survives(bytes, as: .dicom, facts.file)
    }

    @Test(
        .enabled(if: SharedData.isPresent, "../shared/data is not here"),
        arguments: [
            ("malformed/MR_truncated.dcm", ImagingError.malformedDICOM(.structure, atByte: 9630)),
            ("malformed/dwv-test_no-number-rows.dcm", .missingAttribute(keyword: "Rows")),
            ("malformed/dwv-test_bad.zip", .unrecognisedFormat),
            ("malformed/emri_small_jpeg_2k_lossless_too_short.dcm", .malformedDICOM(.structure, atByte: 40316)),
            ("malformed/rtplan_truncated.dcm", .malformedDICOM(.structure, atByte: 2129)),
            ("fuzz/cat04_pixel_data__TC0285_buf_half.dcm", .pixelDataTooShort(expectedBytes: 8192, foundBytes: 4096)),
            ("fuzz/cat04_pixel_data__TC0319_bits_bs_zero.dcm", .invalidAttribute(keyword: "BitsStored", found: "0.0")),
            (
                "fuzz/cat04_pixel_data__TC0303_bits_highbit_gt_ba.dcm",
                .invalidAttribute(keyword: "HighBit", found: "20.0")
            ),
            ("other/reportsi.dcm", .missingAttribute(keyword: "PixelData")),
            ("other/rtplan.dcm", .missingAttribute(keyword: "PixelData")),
            ("cxr/chrJapMulti.dcm", .missingAttribute(keyword: "PixelData")),
        ])
    func `the error names what is wrong`(file: String, expected: ImagingError) throws {
        let bytes = try SharedData.bytes(file)
        #expect(throws: expected) { try ImageDecoder.decode(bytes) }
    }

    @Test(arguments: Fixture.all)
    func `a fixture with bytes changed at random ends in an image or a typed error`(fixture: Fixture) throws {
        let whole = try fixture.bytes()
        for seed in 0..<12 as Range<UInt64> {
            var random = RandomNumbers(seed: seed &* 7919 &+ UInt64(whole.count))
            try survives(Mutation.changed(whole, using: &random), "\(fixture) seed \(seed)")
        }
    }

    @Test(
        .enabled(if: SharedData.isPresent, "../shared/data is not here"),
        arguments: Facts.decodable.filter { !$0.file.contains("wrist") })
    func `a real file with bytes changed at random ends in an image or a typed error`(facts: Facts) throws {
        let whole = try SharedData.bytes(facts.file)
        for seed in 0..<6 as Range<UInt64> {
            var random = RandomNumbers(seed: seed &* 104_729 &+ UInt64(whole.count))
            try survives(Mutation.changed(whole, using: &random), "\(facts.file) seed \(seed)")
        }
    }
}

/// Ways to damage a file.
enum Mutation {
    static func changed(_ bytes: Data, using random: inout RandomNumbers) -> Data {
        var bytes = [UInt8](bytes)
        // Headers are where the damage is interesting; half of the changes go there.
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let reach = Bool.random(using: &random) ? min(bytes.count, 2048) : bytes.count
            guard reach > 8 else { break }
            let index = Int.random(in: 0..<(reach - 4), using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 1: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 2: for i in 0..<4 { bytes[index + i] = 0xFF }
            case 3: for i in 0..<4 { bytes[index + i] = 0 }
            case 4: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...16, using: &random)))
            default: bytes.insert(contentsOf: bytes[index..<(index + 4)], at: index)
            }
        }
        return Data(bytes)
    }
}
