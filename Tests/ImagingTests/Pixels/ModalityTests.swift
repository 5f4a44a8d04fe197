import Foundation
import Imaging
import Testing

@Suite("Modality LUT and rescale")
struct ModalityTests {
    @Test func `slope and intercept are applied and said`() throws {
        var image = SyntheticImage()
        image.more = [
            { dataSet in
                try dataSet.set(.rescaleSlope, 0.5)
                try dataSet.set(.rescaleIntercept, -1024)
            }
        ]
        let decoded = try image.decoded()
        #expect(decoded.values == image.words.map { Float($0) * 0.5 - 1024 })
        #expect(decoded.appliedSteps == ["rescaled by slope 0.5 and intercept -1024"])
    }

    @Test func `a slope of zero is refused`() {
        var image = SyntheticImage()
        image.more = [{ dataSet in try dataSet.set(.rescaleSlope, 0) }]
        #expect(throws: ImagingError.invalidAttribute(keyword: "RescaleSlope", found: "0")) { try image.decoded() }
    }

    @Test(arguments: [false, true])
    func `a lookup table goes before a rescale and holds its ends`(isSigned: Bool) throws {
        let first = isSigned ? -2 : 2
        var image = SyntheticImage(rows: 1, columns: 6, isSigned: isSigned)
        image.words = (-3...2).map { ($0 + first + 2) & 0xFFF }
        let table = try lut(entries: [1000, 2000, 60000], first: first, bits: 16)
        image.more = [
            { dataSet in
                try dataSet.set(.modalityLUTSequence, items: [table])
                try dataSet.set(.rescaleSlope, 7)
            }
        ]
        guard isSigned else { return #expect(try image.decoded().values == [1000, 1000, 2000, 60000, 60000, 60000]) }
        #expect(try image.decoded().values == [1000, 1000, 2000, 60000, 60000, 60000])
    }

    @Test func `each frame of an enhanced image has its own rescale, or the shared one`() throws {
        var image = SyntheticImage(rows: 1, columns: 2)
        image.words = [1, 2, 1, 2, 1, 2]
        image.more = [
            { dataSet in
                try dataSet.set(.numberOfFrames, 3)
                try dataSet.set(
                    .sharedFunctionalGroupsSequence, items: [Self.group(Self.rescale(slope: 100, intercept: 0))])
                try dataSet.set(
                    .perFrameFunctionalGroupsSequence,
                    items: [
                        Self.group(Self.rescale(slope: 2, intercept: 1)), DataSet(),
                        Self.group(Self.rescale(slope: 0.5, intercept: -1)),
                    ])
            }
        ]
        let decoded = try image.decoded()
        #expect(decoded.frames == 3)
        #expect(decoded.values == [3, 5, 100, 200, -0.5, 0])
        #expect(decoded.frame(1) == [100, 200])
        #expect(decoded.appliedSteps.count == 3)
    }

    private static func rescale(slope: Double, intercept: Double) throws(ImagingError) -> DataSet {
        let item = try DataSet()
        try item.set(.rescaleSlope, slope)
        try item.set(.rescaleIntercept, intercept)
        return item
    }

    private static func group(_ transformation: DataSet) throws(ImagingError) -> DataSet {
        let item = try DataSet()
        try item.set(.pixelValueTransformationSequence, items: [transformation])
        return item
    }
}

/// An item of a modality or VOI LUT sequence.
func lut(entries: [Int], first: Int, bits: Int) throws(ImagingError) -> DataSet {
    let item = try DataSet()
    try item.set(
        .lutDescriptor, numbers: [Double(entries.count % 65536), Double(first), Double(bits)],
        vr: first < 0 ? "SS" : "US")
    var bytes = Data()
    for entry in entries { bytes.append(contentsOf: [UInt8(entry & 0xFF), UInt8(entry >> 8)]) }
    try item.set(.lutData, bytes: bytes, vr: "OW")
    return item
}
