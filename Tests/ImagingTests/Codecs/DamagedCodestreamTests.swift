import Foundation
import Imaging
import Testing

@Suite("Damaged codestreams")
struct DamagedCodestreamTests {
    static let compressed = Fixture.all.filter { fixture in
        [
            "rle", "lossless_57", "lossless_70", "baseline_50", "extended_51", "jpegls_80", "jpegls_81", "j2k_90",
            "j2k_91",
        ]
        .contains { fixture.name.hasSuffix("_\($0).dcm") } && fixture.expected.frames == 1
    }

    /// The data set of a fixture around another codestream.
    private func decode(_ fixture: Fixture, _ change: (Data) -> Data) throws -> DecodedImage {
        let dataSet = try DataSet(parsing: fixture.bytes())
        let syntax = try #require(dataSet.transferSyntaxUID.flatMap(TransferSyntax.init(rawValue:)))
        let codestream = try dataSet.fragments(1..<dataSet.fragmentSizes.count)
        try dataSet.setPixelData(frames: [change(codestream)], transferSyntax: syntax)
        return try ImageDecoder.decode(dataSet)
    }

    @Test(arguments: compressed)
    func `a codestream put back whole decodes as before`(fixture: Fixture) throws {
        let image = try decode(fixture) { $0 }
        #expect(try image.values == ImageDecoder.decode(fixture.bytes()).values)
    }

    @Test(arguments: compressed)
    func `a codestream cut short is refused`(fixture: Fixture) throws {
        for part in [0.97, 0.9, 0.6, 0.2] {
            let error = #expect(throws: ImagingError.self, "\(part)") {
                try decode(fixture) { $0.prefix(Int(Double($0.count) * part)) }
            }
            switch error {
            case .truncatedCodestream, .corruptCodestream: break
            default: Issue.record("\(part): \(String(describing: error))")
            }
        }
    }

    @Test(arguments: compressed)
    func `a codestream with its middle missing is refused, its end marker or not`(fixture: Fixture) throws {
        #expect(throws: ImagingError.self) {
            try decode(fixture) { $0.prefix($0.count * 6 / 10) + $0.suffix($0.count / 20) }
        }
    }

    @Test(arguments: ["grey8.png", "grey16.png", "grey8.jpg", "progressive8.jpg", "grey12.jpg", "lossless16.jpg"])
    func `a plain file with its middle missing is refused`(name: String) throws {
        let whole = try Fixture.bytes(name)
        let damaged = whole.prefix(whole.count * 6 / 10) + whole.suffix(whole.count / 20)
        #expect(throws: ImagingError.self) { try ImageDecoder.decode(damaged) }
    }
}
