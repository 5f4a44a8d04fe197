import Wire

/// A standard view of the heart, by its name in bundles.
package enum CardiacView: String, CaseIterable, Sendable {
    case shortAxis = "SHORT_AXIS"
    case fourChamber = "FOUR_CHAMBER"
    case twoChamber = "TWO_CHAMBER"
    case threeChamber = "THREE_CHAMBER"

    /// Views that every plan needs, whatever was asked for: they give the ventricle's axis and centre.
    package static let core: [CardiacView] = [.shortAxis, .fourChamber, .twoChamber]
}
