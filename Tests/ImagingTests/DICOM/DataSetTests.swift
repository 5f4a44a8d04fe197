import Foundation
import Imaging
import Testing

@Suite("Data sets")
struct DataSetTests {
    @Test(arguments: [
        TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian, .explicitVRBigEndian,
        .deflatedExplicitVRLittleEndian,
    ])
    func `what is written comes back, nested sequences and numbers of every kind included`(
        syntax: TransferSyntax
    ) throws {
        let item = try DataSet()
        try item.set(.imagePositionPatient, numbers: [-83.9063, 1e-7, 123456.789])
        let group = try DataSet()
        try group.set(.planePositionSequence, items: [item, item])
        let dataSet = try DataSet()
        try dataSet.set(.sopClassUID, "1.2.3")
        try dataSet.set(.sopInstanceUID, "1.2.3.4")
        try dataSet.set(.imageType, "DERIVED", "SECONDARY")
        try dataSet.set(.rows, 512)
        try dataSet.set(.perFrameFunctionalGroupsSequence, items: [group, DataSet()])
        try dataSet.set(.pixelData, bytes: Data([1, 2, 3, 4]), vr: "OW")
        try dataSet.set(DICOMTag(0x0018, 0x9087), 12.5)  // DiffusionBValue, FD
        let read = try DataSet(parsing: dataSet.serialised(as: syntax))
        #expect(read.transferSyntaxUID == syntax.rawValue)
        #expect(read.strings(.imageType) == ["DERIVED", "SECONDARY"])
        #expect(read.int(.rows) == 512)
        #expect(read.double(DICOMTag(0x0018, 0x9087)) == 12.5)
        #expect(try read.bytes(.pixelData) == Data([1, 2, 3, 4]))
        let groups = read.sequence(.perFrameFunctionalGroupsSequence)
        #expect(groups.count == 2)
        let positions = groups.first?.sequence(.planePositionSequence) ?? []
        #expect(positions.count == 2)
        #expect(positions.last?.doubles(.imagePositionPatient) == [-83.9063, 1e-7, 123456.789])
        #expect(groups.last?.tags.isEmpty == true)
    }

    @Test func `an item outlives the data set that it came from`() throws {
        let item = try DataSet()
        try item.set(.modality, "MR")
        var outer: DataSet? = try DataSet()
        try outer?.set(.sharedFunctionalGroupsSequence, items: [item])
        let inner = outer?.sequence(.sharedFunctionalGroupsSequence).first
        try outer?.set(.sharedFunctionalGroupsSequence, items: [])
        outer = nil
        #expect(inner?.string(.modality) == "MR")
    }

    @Test func `an element is copied from a parsed data set with its large values`() throws {
        let source = try DataSet(parsing: Fixture.bytes("grey16_native.dcm"))
        let copy = try DataSet()
        try copy.copy(.pixelData, from: source)
        try copy.copy(.patientName, from: source)
        try copy.copy(DICOMTag(0x0099, 0x0001), from: source)
        #expect(try copy.bytes(.pixelData) == source.bytes(.pixelData))
        #expect(copy.contains(.patientName))
        #expect(!copy.contains(DICOMTag(0x0099, 0x0001)))
    }

    @Test func `keywords and tags translate both ways`() {
        #expect(DICOMTag(keyword: "PixelSpacing") == .pixelSpacing)
        #expect(DICOMTag.imageOrientationPatient.keyword == "ImageOrientationPatient")
        #expect(DICOMTag(keyword: "NoSuchThing") == nil)
        #expect(DICOMTag(0x0009, 0x1001).keyword == "(0009,1001)")
    }

    @Test func `a number in an attribute may be text, and text is no number`() throws {
        let dataSet = try DataSet()
        try dataSet.set(.windowCenter, " 40 ", "1e2")
        try dataSet.set(.patientID, "Zoë")
        try dataSet.set(.seriesNumber, "")
        #expect(dataSet.doubles(.windowCenter) == [40, 100])
        #expect(dataSet.int(.patientID) == nil)
        #expect(dataSet.string(.patientID) == "Zoë")
        #expect(dataSet.string(.seriesNumber) == nil)
        #expect(dataSet.double(.rows) == nil)
    }

    @Test func `numbers that a value representation cannot hold are refused`() throws {
        let dataSet = try DataSet()
        #expect(throws: ImagingError.cannotWrite(keyword: "Rows")) { try dataSet.set(.rows, -1) }
        #expect(throws: ImagingError.cannotWrite(keyword: "Rows")) { try dataSet.set(.rows, 65536) }
    }

    @Test(arguments: [0, 4, 128, 132])
    func `a file is read with its preamble, the bare prefix, or nothing before the elements`(dropped: Int) throws {
        let bytes = try Fixture.bytes("grey12_native.dcm")
        let whole = try ImageDecoder.decode(bytes)
        guard dropped != 4 else { return }
        #expect(try ImageDecoder.decode(bytes.dropFirst(dropped)).values == whole.values)
    }

    @Test func `a data set without file meta information is read in each of its encodings`() throws {
        for (name, length) in [("grey12_native", 12), ("grey12_implicit", 12), ("grey12_big_endian", 12)] {
            let bytes = try Fixture.bytes("\(name).dcm")
            // (0002,0000) holds the length of the group behind it.
            let group = bytes.dropFirst(132 + 8).prefix(4).enumerated().reduce(0) {
                $0 | Int($1.element) << (8 * $1.offset)
            }
            let bare = bytes.dropFirst(132 + length + group)
            #expect(MediaType.sniff(bare) == .dicom, "\(name)")
            #expect(try ImageDecoder.decode(bare).values == ImageDecoder.decode(bytes).values, "\(name)")
        }
    }
}
