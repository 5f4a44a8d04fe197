import Foundation

/// Moves dates of DICOM by whole days; times stay.
package struct DateShift {
    package let days: Int

    package init(days: Int) {
        self.days = days
    }

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? calendar.timeZone
        return calendar
    }()

    /// A date (DA) or date and time (DT), as PS3.5 §6.2 or the older `YYYY.MM.DD` writes it; a DT without a day, and what
    /// is no date, has no shifted form: nil.
    package func shifted(_ text: String) -> String? {
        let digits = text.split(separator: ".", omittingEmptySubsequences: false)
        if digits.count == 3, digits.map(\.count) == [4, 2, 2] { return shifted(digits.joined()) }
        guard text.utf8.count >= 8,
            text.prefix(8).utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(text.prefix(8))
        else { return nil }
        let parts = DateComponents(year: number / 10_000, month: number / 100 % 100, day: number % 100)
        guard (1...12).contains(number / 100 % 100), (1...31).contains(number % 100), number / 10_000 > 0,
            let date = Self.calendar.date(from: parts),
            let moved = Self.calendar.date(byAdding: .day, value: days, to: date)
        else { return nil }
        let found = Self.calendar.dateComponents([.year, .month, .day], from: moved)
        guard let year = found.year, let month = found.month, let day = found.day, (1...9999).contains(year) else {
            return nil
        }
        return String(format: "%04d%02d%02d", year, month, day) + text.dropFirst(8)
    }

    /// The ways in which people write a date into text.
    package static func forms(of text: String) -> [String] {
        let digits = text.filter { $0 != "." }.prefix(8)
        guard digits.utf8.count == 8, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return [] }
        let year = digits.prefix(4)
        let month = digits.dropFirst(4).prefix(2)
        let day = digits.suffix(2)
        return [
            String(digits), "\(day)\(month)\(year)", "\(month)\(day)\(year)",
        ]
            + ["-", ".", "/"].flatMap { mark in
                [
                    "\(year)\(mark)\(month)\(mark)\(day)", "\(day)\(mark)\(month)\(mark)\(year)",
                    "\(month)\(mark)\(day)\(mark)\(year)",
                ]
            }
    }
}
