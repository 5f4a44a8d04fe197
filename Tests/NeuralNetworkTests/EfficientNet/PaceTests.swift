import NeuralNetwork
import Testing

@Suite struct `Many images go the faster way` {
    /// The ways that 200 choices take when an image takes so many milliseconds either way.
    private func ways(together: Int, apart: Int, pace: inout Pace) -> [Bool] {
        (0..<200).map { _ in
            let isApart = pace.goesApart()
            pace.record(images: isApart ? 4 : 1, in: .milliseconds(isApart ? 4 * apart : together))
            return isApart
        }
    }

    @Test func `the slower way is only tried now and then`() {
        var pace = Pace(threads: 2)
        pace.record(images: 1, in: .milliseconds(10))
        #expect(ways(together: 10, apart: 12, pace: &pace).filter { $0 }.count < 10)
        pace = Pace(threads: 2)
        pace.record(images: 1, in: .milliseconds(10))
        #expect(ways(together: 10, apart: 8, pace: &pace).allSatisfy { $0 })
    }

    @Test func `a way that becomes faster is found`() {
        var pace = Pace(threads: 2)
        pace.record(images: 1, in: .milliseconds(10))
        _ = ways(together: 10, apart: 12, pace: &pace)
        #expect(ways(together: 10, apart: 7, pace: &pace).filter { $0 }.count > 100)
    }
}
