import Foundation
import Imaging
import Testing

@Suite("Square resize")
struct ResizeTests {
    struct Case: Decodable, Sendable, CustomStringConvertible {
        let rows: Int
        let columns: Int
        let size: Int
        let pixels: [Float]
        var description: String { "\(rows)×\(columns) to \(size)" }

        static let all = (try? JSONDecoder().decode([Case].self, from: Fixture.bytes("resize.json"))) ?? []
    }

    @Test(arguments: Case.all)
    func `the numbers are Pillow's`(golden: Case) {
        let found = ramp(rows: golden.rows, columns: golden.columns).square(golden.size)
        #expect(found.count == golden.size * golden.size)
        let worst = zip(found, golden.pixels).map { abs($0 - $1) }.max() ?? 1
        #expect(worst < 2e-6)
    }

    @Test func `the golden numbers are there`() { #expect(Case.all.count == 6) }

    @Test(arguments: [(1, 1, 5), (1, 400, 7), (400, 1, 7), (3, 3, 1), (224, 224, 224)])
    func `any shape becomes a square of values within 0 to 1`(rows: Int, columns: Int, size: Int) {
        let found = ramp(rows: rows, columns: columns).square(size)
        #expect(found.count == size * size)
        #expect(found.allSatisfy { (0...1.000001).contains($0) })
    }

    @Test func `the same size leaves a square as it is`() {
        let image = ramp(rows: 31, columns: 31)
        #expect(image.square(31) == image.pixels)
    }

    @Test func `a wide image gets black above and below`() {
        let image = PresentedImage(
            rows: 10, columns: 20, pixels: [Float](repeating: 1, count: 200),
            field: ImageRegion(rows: 0..<10, columns: 0..<20), appliedSteps: [])
        let square = image.square(20)
        for row in 0..<20 {
            let expected: Float = (5..<15).contains(row) ? 1 : 0
            #expect(square[(row * 20)..<(row * 20 + 20)].allSatisfy { $0 == expected })
        }
    }

    private func ramp(rows: Int, columns: Int) -> PresentedImage {
        let pixels = (0..<(rows * columns)).map { Float(Double(($0 * 2_654_435_761) % 4_294_967_296) / 4_294_967_296) }
        return PresentedImage(
            rows: rows, columns: columns, pixels: pixels,
            field: ImageRegion(rows: 0..<rows, columns: 0..<columns), appliedSteps: [])
    }
}
