import Wire

/// The views by their names in the proto.
enum ViewName {
    static let all: [(name: String, view: View)] = [
        ("SHORT_AXIS", .shortAxis), ("FOUR_CHAMBER", .fourChamber), ("TWO_CHAMBER", .twoChamber),
        ("THREE_CHAMBER", .threeChamber),
    ]

    static func of(_ view: View) -> String? { all.first { $0.view == view }?.name }

    static func view(_ name: String) -> View? { all.first { $0.name == name }?.view }

    /// As people write it: SA, 4CH, 2CH, 3CH.
    static func short(_ name: String) -> String { view(name).map { Text.name($0) } ?? name }
}
