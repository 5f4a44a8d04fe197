package import Wire

/// A standard view of the heart, by its name in bundles.
package enum CardiacView: String, CaseIterable, Sendable {
    case shortAxis = "SHORT_AXIS"
    case fourChamber = "FOUR_CHAMBER"
    case twoChamber = "TWO_CHAMBER"
    case threeChamber = "THREE_CHAMBER"

    /// Views that every plan needs, whatever was asked for: they give the ventricle's axis and centre.
    package static let core: [CardiacView] = [.shortAxis, .fourChamber, .twoChamber]

    /// Nil for a value that names no view.
    package init?(_ wire: View) {
        switch wire {
        case .shortAxis: self = .shortAxis
        case .fourChamber: self = .fourChamber
        case .twoChamber: self = .twoChamber
        case .threeChamber: self = .threeChamber
        case .unspecified, .unrecognized: return nil
        }
    }

    package var wire: View {
        switch self {
        case .shortAxis: .shortAxis
        case .fourChamber: .fourChamber
        case .twoChamber: .twoChamber
        case .threeChamber: .threeChamber
        }
    }

    /// As people say it.
    package var shortName: String {
        switch self {
        case .shortAxis: "SA"
        case .fourChamber: "4CH"
        case .twoChamber: "2CH"
        case .threeChamber: "3CH"
        }
    }
}
