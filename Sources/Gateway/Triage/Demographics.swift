/// What statistics tell patients apart by; nothing that says who somebody is.
package struct Demographics: Sendable, Hashable {
    /// Patient's Sex (0010,0040): `M`, `F` or `O`; empty when not stated.
    package let sex: String
    /// Age in whole years at the time of the study; nil when not stated.
    package let ageYears: Int?

    package static let unknown = Demographics(sex: "", age: "", birthDate: "", studyDate: "")

    /// - Parameters:
    ///   - sex: Patient's Sex (0010,0040).
    ///   - age: Patient's Age (0010,1010), for example `065Y` (PS3.5 §6.2, AS).
    ///   - birthDate: Patient's Birth Date (0010,0030), used with `studyDate` where `age` is not stated.
    ///   - studyDate: Study Date (0008,0020).
    package init(sex: String, age: String, birthDate: String, studyDate: String) {
        let sex = sex.uppercased()
        self.sex = ["M", "F", "O"].contains(sex) ? sex : ""
        ageYears = (Self.years(age) ?? Self.years(from: birthDate, to: studyDate)).flatMap {
            (0...130).contains($0) ? $0 : nil
        }
    }

    private static func years(_ age: String) -> Int? {
        guard age.utf8.count == 4, let number = Int(age.dropLast()) else { return nil }
        switch age.last {
        case "Y": return number
        case "M": return number / 12
        case "W": return number / 52
        case "D": return number / 365
        default: return nil
        }
    }

    /// Dates as `YYYYMMDD`, which are ordered as numbers are.
    private static func years(from birth: String, to study: String) -> Int? {
        guard birth.utf8.count == 8, study.utf8.count == 8, let birth = Int(birth), let study = Int(study) else {
            return nil
        }
        return (study - birth) / 10_000
    }
}
