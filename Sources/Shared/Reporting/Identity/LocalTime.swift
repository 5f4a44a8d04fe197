package import Foundation

/// A moment as DICOM, HL7 and FHIR write it, in one offset from UTC.
package struct LocalTime: Sendable {
    private let fields: DateComponents
    private let offsetMinutes: Int

    /// - Parameter offset: `&ZZXX` of Timezone Offset From UTC (0008,0201); nil, or anything else, is `fallback`.
    package init(_ moment: Date, offset: String?, fallback: TimeZone = .current) {
        offsetMinutes = offset.flatMap(Self.minutes) ?? fallback.secondsFromGMT(for: moment) / 60
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: offsetMinutes * 60) ?? .gmt
        fields = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: moment)
    }

    private static func minutes(_ text: String) -> Int? {
        let digits = text.dropFirst()
        guard text.utf8.count == 5, let sign = text.first, sign == "+" || sign == "-",
            digits.allSatisfy({ $0.isASCII && $0.isNumber }), let hours = Int(digits.prefix(2)),
            let rest = Int(digits.suffix(2)), hours <= 14, rest < 60
        else { return nil }
        return (sign == "-" ? -1 : 1) * (hours * 60 + rest)
    }

    private static func two(_ number: Int?) -> String {
        let number = number ?? 0
        return number < 10 ? "0\(number)" : "\(number)"
    }

    private func offset(separator: String) -> String {
        let minutes = abs(offsetMinutes)
        return (offsetMinutes < 0 ? "-" : "+") + Self.two(minutes / 60) + separator + Self.two(minutes % 60)
    }

    /// `YYYYMMDD` (DA).
    package var date: String { "\(fields.year ?? 0)\(Self.two(fields.month))\(Self.two(fields.day))" }
    /// `HHMMSS` (TM).
    package var time: String { Self.two(fields.hour) + Self.two(fields.minute) + Self.two(fields.second) }
    /// `&ZZXX`.
    package var offset: String { offset(separator: "") }
    /// `YYYYMMDDHHMMSS&ZZXX` (HL7 v2 §2.A.75 TS; DICOM DT).
    package var dateTime: String { date + time + offset }
    /// RFC 3339, as FHIR's `instant`.
    package var instant: String {
        "\(fields.year ?? 0)-\(Self.two(fields.month))-\(Self.two(fields.day))T\(Self.two(fields.hour)):"
            + "\(Self.two(fields.minute)):\(Self.two(fields.second))\(offset(separator: ":"))"
    }
}
