/// Stored values to the values of the modality: a lookup table, or slope and intercept (PS3.3 §C.11.1).
enum ModalityTransform: Equatable, Sendable {
    case identity
    case linear(slope: Double, intercept: Double)
    case table(LookupTable)

    /// The transform of one frame. Enhanced images hold it in functional groups, per frame or shared
    /// (PS3.3 §C.7.6.16.2.9); a lookup table goes before a rescale.
    init(_ dataSet: DataSet, groups: FunctionalGroups, frame: Int, isSigned: Bool) throws(ImagingError) {
        if let item = dataSet.sequence(.modalityLUTSequence).first {
            self = .table(try LookupTable(item, inputIsSigned: isSigned))
            return
        }
        let place = groups.item(.pixelValueTransformationSequence, frame: frame) ?? dataSet
        let slope = try Self.number(.rescaleSlope, in: place)
        let intercept = try Self.number(.rescaleIntercept, in: place)
        if let slope, slope == 0 { throw .invalidAttribute(keyword: Tag.rescaleSlope.keyword, found: "0") }
        switch (slope ?? 1, intercept ?? 0) {
        case (1, 0): self = .identity
        case (let slope, let intercept): self = .linear(slope: slope, intercept: intercept)
        }
    }

    func callAsFunction(_ stored: Int) -> Float {
        switch self {
        case .identity: Float(stored)
        case .linear(let slope, let intercept): Float(Double(stored) * slope + intercept)
        case .table(let table): Float(table[stored])
        }
    }

    /// In words; nil where nothing is done.
    var step: String? {
        switch self {
        case .identity: nil
        case .linear(let slope, let intercept):
            "rescaled by slope \(Words.number(slope)) and intercept \(Words.number(intercept))"
        case .table(let table):
            "modality LUT applied: \(table.entries.count) entries of \(table.bits) bits from \(table.firstValueMapped)"
        }
    }

    private static func number(_ tag: Tag, in dataSet: DataSet) throws(ImagingError) -> Double? {
        guard let number = dataSet.double(tag) else { return nil }
        guard number.isFinite, abs(number) < 1e12 else {
            throw .invalidAttribute(keyword: tag.keyword, found: "\(number)")
        }
        return number
    }
}
