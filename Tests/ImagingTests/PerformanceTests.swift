import Foundation
import Imaging
import Testing

#if !DEBUG
    /// Only an optimised build says anything about speed.
    @Suite("Speed", .serialized)
    struct PerformanceTests {
        /// A radiograph-like ramp with noise, so that neither branches nor caches have it easy.
        private func radiograph(rows: Int, columns: Int) throws -> Data {
            var random = RandomNumbers(seed: 1)
            var image = SyntheticImage(rows: rows, columns: columns)
            image.words = (0..<(rows * columns)).map { index in
                min(4095, (index % columns) + (index / columns) / 2 + Int(random.next() % 64))
            }
            return try image.dataSet().serialised()
        }

        private func best(of runs: Int, _ body: () throws -> Void) rethrows -> Duration {
            var best = Duration.seconds(1000)
            for _ in 0..<runs {
                let started = ThreadTime.now
                try body()
                best = min(best, ThreadTime.now - started)
            }
            return best
        }

        /// 60 ms are the aim; the bound leaves room for a machine whose caches others use.
        @Test func `a radiograph of 2500 × 2000 becomes a network input within 150 ms`() throws {
            let bytes = try radiograph(rows: 2500, columns: 2000)
            var decoded = try ImageDecoder.decode(bytes)
            var presented = try decoded.presented()
            let decoding = try best(of: 7) { decoded = try ImageDecoder.decode(bytes) }
            let presenting = try best(of: 7) { presented = try decoded.presented() }
            let resizing = best(of: 7) { _ = presented.square(380) }
            let all = try best(of: 7) { _ = try ImageDecoder.decode(bytes).presented().square(380) }
            print("decode \(decoding), present \(presenting), square(380) \(resizing), all \(all)")
            #expect(all < .milliseconds(150))
        }
    }
#endif
