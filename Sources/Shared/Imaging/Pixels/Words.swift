import Foundation

/// Numbers in the words of applied steps.
enum Words {
    /// At most six significant digits, without a useless fraction.
    static func number(_ value: Double) -> String {
        if let whole = Int(exactly: value), abs(whole) < 1_000_000_000 { return String(whole) }
        return String(format: "%.6g", value)
    }

    static func number(_ value: Float) -> String { number(Double(value)) }
}
