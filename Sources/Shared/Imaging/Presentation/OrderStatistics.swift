/// Which values would stand at some places if all were sorted, without sorting all.
package enum OrderStatistics {
    /// - Parameters:
    ///   - ranks: places from 0, inside `values`.
    ///   - values: finite.
    package static func values(atRanks ranks: [Int], of values: [Float]) -> [Float] {
        selected(ranks, of: values) { value in
            let bits = value.bitPattern
            return Int((bits >> 31 == 1 ? ~bits : bits | 1 << 31) >> 16)
        }
    }

    package static func values(atRanks ranks: [Int], of values: [Double]) -> [Double] {
        selected(ranks, of: values) { value in
            let bits = value.bitPattern
            return Int((bits >> 63 == 1 ? ~bits : bits | 1 << 63) >> 48)
        }
    }

    /// With linear interpolation between the two nearest ranks; 0 of nothing.
    package static func percentiles(_ percents: [Double], of values: [Float]) -> [Float] {
        guard !values.isEmpty else { return percents.map { _ in 0 } }
        let places = percents.map { $0 / 100 * Double(values.count - 1) }
        let found = self.values(
            atRanks: places.flatMap { [Int($0), min(Int($0) + 1, values.count - 1)] }, of: values)
        return places.indices.map { index in
            let (low, high) = (found[2 * index], found[2 * index + 1])
            return low + (high - low) * Float(places[index] - places[index].rounded(.down))
        }
    }

    /// The upper median; 0 of nothing.
    static func median(_ values: [Float]) -> Float {
        values.isEmpty ? 0 : self.values(atRanks: [values.count / 2], of: values)[0]
    }

    /// - Parameter place: the class of a value, 0…65535: the highest bits of its number, turned so that they rise with
    ///   it. Only the classes asked for are sorted.
    @inline(__always)
    private static func selected<Value: Comparable>(
        _ ranks: [Int], of values: [Value], _ place: (Value) -> Int
    ) -> [Value] {
        guard values.count > 1024 else {
            let sorted = values.sorted()
            return ranks.map { sorted[$0] }
        }
        var counts = [UInt32](repeating: 0, count: 1 << 16)
        counts.withUnsafeMutableBufferPointer { counts in
            for value in values { counts[place(value)] &+= 1 }
        }
        var last: (place: Int, sorted: [Value])?
        return ranks.map { rank in
            let (asked, below) = Self.place(ofRank: rank, in: counts)
            if last?.place != asked {
                var members: [Value] = []
                members.reserveCapacity(Int(counts[asked]))
                for value in values where place(value) == asked { members.append(value) }
                members.sort()
                last = (asked, members)
            }
            return last?.sorted[rank - below] ?? values[0]
        }
    }

    /// The class in which a rank falls, and how many values are in the classes before it.
    private static func place(ofRank rank: Int, in counts: [UInt32]) -> (place: Int, below: Int) {
        counts.withUnsafeBufferPointer { counts in
            var (place, below) = (0, 0)
            // Large steps first, whose sums run on vectors.
            let step = 256
            while place + step < counts.count {
                var sum: UInt32 = 0
                for index in place..<place + step { sum &+= counts[index] }
                guard below + Int(sum) <= rank else { break }
                below += Int(sum)
                place += step
            }
            while below + Int(counts[place]) <= rank {
                below += Int(counts[place])
                place += 1
            }
            return (place, below)
        }
    }
}
