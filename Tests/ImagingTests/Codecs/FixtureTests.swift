import Foundation
import Imaging
import Testing

@Suite("Made fixtures")
struct FixtureTests {
    @Test func `the fixtures cover every transfer syntax`() throws {
        let found = try Set(
            Fixture.all.filter { $0.name.hasSuffix(".dcm") }
                .map { try DataSet(parsing: $0.bytes()).transferSyntaxUID })
        #expect(found == Set(TransferSyntax.allCases.map(\.rawValue)))
    }

    @Test(arguments: Fixture.all)
    func `a fixture decodes to what other decoders found`(fixture: Fixture) throws {
        let image = try ImageDecoder.decode(fixture.bytes())
        let expected = fixture.expected
        #expect(image.rows == expected.rows)
        #expect(image.columns == expected.columns)
        #expect(image.frames == expected.frames)
        let (minimum, maximum, mean) = image.summary
        // Decoders of lossy codestreams may round differently, by one for each sample.
        let tolerance = expected.same_as == nil ? 0.5 : 0.001
        #expect(abs(mean - expected.mean) <= tolerance)
        #expect(abs(minimum - expected.min) <= 3 * tolerance)
        #expect(abs(maximum - expected.max) <= 3 * tolerance)
    }

    @Test(arguments: Fixture.all.filter { $0.expected.same_as != nil })
    func `a lossless recoding equals its source bit for bit`(fixture: Fixture) throws {
        let source = try ImageDecoder.decode(Fixture.bytes(try #require(fixture.expected.same_as)))
        let recoded = try ImageDecoder.decode(fixture.bytes())
        #expect(recoded.values == source.values)
        #expect(try recoded.presented().pixels == source.presented().pixels)
    }

    @Test(arguments: ["rgb8.png", "rgba8.png", "palette.png", "rgb8.jpg", "rgb8_native.dcm", "grey_alpha8.png"])
    func `what is left out of a colour image is said`(name: String) throws {
        let steps = try ImageDecoder.decode(Fixture.bytes(name)).appliedSteps.joined(separator: "; ")
        #expect(steps.contains("luminance") == !name.hasPrefix("grey"))
        #expect(steps.contains("alpha channel dropped") == (name.hasPrefix("rgba") || name.contains("alpha")))
        #expect(steps.contains("palette") == name.hasPrefix("palette"))
    }

    @Test(arguments: Fixture.all)
    func `a file cut short is refused with a typed error`(fixture: Fixture) throws {
        let whole = try fixture.bytes()
        for part in [0.98, 0.75, 0.5] {
            let cut = whole.prefix(Int(Double(whole.count) * part))
            #expect(throws: ImagingError.self, "\(part) of the file") { try ImageDecoder.decode(cut) }
        }
    }

    @Test(arguments: Fixture.all)
    func `a slice of a larger buffer decodes like the bytes alone`(fixture: Fixture) throws {
        let bytes = try fixture.bytes()
        let inside = (Data([7, 7, 7, 7, 7]) + bytes + Data([9, 9])).dropFirst(5).dropLast(2)
        #expect(try ImageDecoder.decode(inside) == ImageDecoder.decode(bytes))
    }
}
