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
            var below = 0
            var asked = 0
            while below + Int(counts[asked]) <= rank {
                below += Int(counts[asked])
                asked += 1
            }
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
}
