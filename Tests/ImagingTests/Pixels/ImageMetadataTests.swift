import Foundation
import Imaging
import Testing

@Suite("Image metadata")
struct ImageMetadataTests {
    @Test func `everything may be missing`() throws {
        var expected = ImageMetadata()
        expected.modality = "DX"
        expected.sopClassUID = "1.2.840.10008.5.1.4.1.1.7"
        expected.sopInstanceUID = "2.25.4711"
        expected.transferSyntaxUID = TransferSyntax.explicitVRLittleEndian.rawValue
        #expect(try SyntheticImage().decoded().metadata == expected)
    }

    @Test func `what the header says is there`() throws {
        var image = SyntheticImage()
        image.more = [
            { dataSet in
                try dataSet.set(.bodyPartExamined, "CHEST")
                try dataSet.set(.viewPosition, "PA")
                try dataSet.set(.studyInstanceUID, "1.2.3")
                try dataSet.set(.seriesInstanceUID, "not a UID")
                try dataSet.set(.presentationIntentType, "FOR PRESENTATION")
                try dataSet.set(.imagerPixelSpacing, numbers: [0.143, 0.139])
                try dataSet.set(.pixelSpacing, numbers: [0, 0.139])
            }
        ]
        let metadata = try #require(try image.decoded().metadata)
        #expect(metadata.bodyPartExamined == "CHEST")
        #expect(metadata.viewPosition == "PA")
        #expect(metadata.studyInstanceUID == "1.2.3")
        #expect(metadata.seriesInstanceUID == nil)
        #expect(metadata.presentationIntentType == "FOR PRESENTATION")
        #expect(metadata.imagerPixelSpacing == [0.143, 0.139])
        #expect(metadata.pixelSpacing == nil)
    }

    @Test(arguments: [("1.2.840.10008.1.2", true), (".1.2", true), ("1.2.0003", true), ("", false), ("1.2a", false)])
    func `a UID is digits and dots`(text: String, isUID: Bool) { #expect(ImageMetadata.isUID(text) == isUID) }

    @Test func `a UID has at most 64 characters`() {
        #expect(ImageMetadata.isUID(String(repeating: "1", count: 64)))
        #expect(!ImageMetadata.isUID(String(repeating: "1", count: 65)))
    }
}
