import Foundation

/// Values of the modality to what is displayed, 0…1 (PS3.3 §C.11.2).
package enum VOITransform: Equatable, Sendable {
    package enum Function: String, Sendable, CaseIterable {
        case linear = "LINEAR"
        case linearExact = "LINEAR_EXACT"
        case sigmoid = "SIGMOID"
    }

    case window(center: Double, width: Double, function: Function)
    case table(LookupTable)

    /// The transform of a frame: a LUT sequence before a window, the first of several; nil where there is none.
    init?(_ dataSet: DataSet, groups: FunctionalGroups, frame: Int, inputIsSigned: Bool) throws(ImagingError) {
        if let item = dataSet.sequence(.voiLUTSequence).first {
            self = .table(try LookupTable(item, inputIsSigned: inputIsSigned))
            return
        }
        let place = groups.item(.frameVOILUTSequence, frame: frame) ?? dataSet
        guard let center = place.double(.windowCenter), let width = place.double(.windowWidth) else { return nil }
        let function = place.string(.voiLUTFunction).flatMap { Function(rawValue: $0.uppercased()) } ?? .linear
        // A width below the standard's bound says nothing about the image; the percentiles do.
        guard center.isFinite, width.isFinite, function == .linear ? width >= 1 : width > 0 else { return nil }
        self = .window(center: center, width: width, function: function)
    }

    func callAsFunction(_ value: Float) -> Float {
        switch self {
        case .window(let center, let width, .linear):
            // PS3.3 §C.11.2.1.2.1: from c − 0.5 − (w−1)/2 to c − 0.5 + (w−1)/2, a step where the width is 1.
            guard width > 1 else { return Double(value) <= center - 0.5 ? 0 : 1 }
            return Self.unit((value - Float(center - 0.5)) / Float(width - 1) + 0.5)
        case .window(let center, let width, .linearExact):
            return Self.unit((value - Float(center)) / Float(width) + 0.5)
        case .window(let center, let width, .sigmoid):
            return 1 / (1 + exp(-4 * (value - Float(center)) / Float(width)))
        case .table(let table):
            return Float(table[Int(value.rounded())]) / table.maximum
        }
    }

    /// In words.
    var step: String {
        switch self {
        case .window(let center, let width, let function):
            "window applied: centre \(Words.number(center)), width \(Words.number(width)), \(function.rawValue)"
        case .table(let table):
            "VOI LUT applied: \(table.entries.count) entries of \(table.bits) bits from \(table.firstValueMapped)"
        }
    }

    private static func unit(_ value: Float) -> Float { min(max(value, 0), 1) }
}
