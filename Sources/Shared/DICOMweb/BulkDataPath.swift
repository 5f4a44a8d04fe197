import Foundation
package import Imaging

/// Where in a data set a value lies: `7FE00010`, or through items of sequences `5200/9229…`:
/// `52009229/1/00289110/1/00280030`, items counted from 1 as in PS3.18 §F.
package struct BulkDataPath: Equatable, Sendable {
    package struct Step: Equatable, Sendable {
        package let sequence: Tag
        /// Counted from 1.
        package let item: Int

        package init(sequence: Tag, item: Int) {
            self.sequence = sequence
            self.item = item
        }
    }

    package let steps: [Step]
    package let tag: Tag

    /// Deepest nesting that a path may name.
    private static let maximumSteps = 32

    package init(steps: [Step] = [], tag: Tag) {
        self.steps = steps
        self.tag = tag
    }

    init?(words: ArraySlice<String>) {
        guard words.count % 2 == 1, words.count / 2 <= Self.maximumSteps, let last = words.last,
            let tag = Tag(hexadecimal: last)
        else { return nil }
        var steps: [Step] = []
        var rest = words.dropLast()
        while let first = rest.popFirst(), let second = rest.popFirst() {
            guard let sequence = Tag(hexadecimal: first), let item = Int(second), item > 0 else { return nil }
            steps.append(Step(sequence: sequence, item: item))
        }
        self.init(steps: steps, tag: tag)
    }

    /// As part of a URL.
    package var text: String {
        steps.map { "\($0.sequence.hexadecimal)/\($0.item)/" }.joined() + tag.hexadecimal
    }

    /// The data set or item that has the value; nil where the path leads nowhere.
    package func holder(in dataSet: DataSet) -> DataSet? {
        var holder = dataSet
        for step in steps {
            let items = holder.sequence(step.sequence)
            guard items.indices.contains(step.item - 1) else { return nil }
            holder = items[step.item - 1]
        }
        return holder.contains(tag) ? holder : nil
    }
}

extension Tag {
    /// Eight hexadecimal digits, as DICOM JSON has it (PS3.18 §F.2.2).
    package var hexadecimal: String {
        String(unsafeUninitializedCapacity: 8) { text in
            for index in 0..<8 {
                let digit = UInt8(truncatingIfNeeded: packed >> (28 - 4 * UInt32(index))) & 15
                text[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
            }
            return 8
        }
    }

    /// Eight hexadecimal digits; nil where the text is something else.
    package init?(hexadecimal: some StringProtocol) {
        guard hexadecimal.utf8.count == 8, hexadecimal.first != "+", hexadecimal.first != "-",
            let packed = UInt32(hexadecimal, radix: 16)
        else { return nil }
        self.init(packed: packed)
    }
}
