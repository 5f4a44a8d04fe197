import Foundation
import Imaging
import Reporting
import Testing

@Suite(.enabled(if: ForeignProgram.dciodvfy.isPresent)) struct SecondaryCaptureTests {
    /// A ramp, darker to the left, 300 rows of 200 pixels.
    static let shown: PresentedImage = {
        let pixels = (0..<300).flatMap { _ in (0..<200).map { Float($0) / 400 } }
        return PresentedImage(
            rows: 300, columns: 200, pixels: pixels, field: ImageRegion(rows: 0..<300, columns: 0..<200),
            appliedSteps: [])
    }()

    /// Hot in the upper left quarter only.
    static func heat() throws -> Data {
        let pixels = (0..<30).flatMap { row in (0..<20).map { column in UInt8(row < 15 && column < 10 ? 255 : 0) } }
        return try PNGImage.encode(grey: pixels, rows: 30, columns: 20)
    }

    @Test func `a heat map is a capture without error by dciodvfy, coloured where the map is hot`() throws {
        let report = try chestReport(of: sourceInstance(), findings: [finding(heatMap: Self.heat()), .shadow])
        let objects = try ReportingDevice.test.heatMaps(of: report.images[0], shown: Self.shown, in: report)
        let object = try #require(objects.first)
        #expect(objects.count == 1)
        #expect(try errors(in: object.bytes) == [])
        let written = try DataSet(parsing: object.bytes)
        #expect(written.strings(.imageType) == ["DERIVED", "SECONDARY"])
        #expect(written.string(.burnedInAnnotation) == "NO")
        #expect(written.sequence(.sourceImageSequence).first?.string(.referencedSOPInstanceUID) == "1.2.3.4.5")
        let (rows, columns) = (try #require(written.int(.rows)), try #require(written.int(.columns)))
        let rgb = try #require(try written.bytes(.pixelData))
        func pixel(_ row: Int, _ column: Int) -> [UInt8] { Array(rgb[((row * columns + column) * 3)...].prefix(3)) }
        let left = (columns - 200) / 2
        let hot = pixel(20, left + 20)
        #expect(hot[0] > 150 && hot[2] < 100, "\(hot)")
        let cold = pixel(250, left + 150)
        #expect(cold[0] == cold[1] && cold[1] == cold[2] && cold[0] > 80, "\(cold)")
        #expect(rows > 300, "the legend is below the image")
        let legend = rgb[(300 * columns * 3)...]
        #expect(legend.contains { $0 > 200 }, "text is drawn")
    }

    @Test func `a summary has a page for each image and none names the patient`() throws {
        let objects = try ReportingDevice.test.summaries(chestReport(of: sourceInstance()))
        #expect(objects.count == 1)
        #expect(try errors(in: objects[0].bytes) == [])
        let other = try ReportingDevice.test.summaries(chestReport(of: sourceInstance(name: "Roe^Richard")))
        let first = try DataSet(parsing: objects[0].bytes)
        let second = try DataSet(parsing: other[0].bytes)
        #expect(try first.bytes(.pixelData) == second.bytes(.pixelData))
        #expect(first.string(.burnedInAnnotation) == "NO")
    }

    @Test func `planes and an unread study have pages too`() throws {
        let cardiac = try ReportingDevice.test.summaries(cardiacReport(of: sourceInstance(modality: "MR")))
        #expect(try cardiac.count == 1 && errors(in: cardiac[0].bytes) == [])
        let instance = try sourceInstance()
        let unread = StudyReport(
            source: try SourceStudy(instance), images: [], plans: [],
            unread: [
                UnreadInstance(reference: try InstanceReference(instance), reason: "modality OT is read by no service")
            ],
            priority: "routine", isFlagged: false, completedAt: Date(timeIntervalSince1970: 1_795_000_000))
        let pages = try ReportingDevice.test.summaries(unread)
        #expect(try pages.count == 1 && errors(in: pages[0].bytes) == [])
        #expect(try errors(in: ReportingDevice.test.structuredReport(unread).bytes) == [])
    }
}
