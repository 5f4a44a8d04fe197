/// Which options of the profile are applied (PS3.15 §E.3), and how pixels are cleaned.
package struct DeidentificationOptions: Sendable, Equatable {
    /// §E.3.6: dates are moved by as many days for all of a patient; without it they are removed.
    package var retainsModifiedDates = false
    /// §E.3.7: age, sex, size, weight and the like stay.
    package var retainsPatientCharacteristics = false
    /// §E.3.8: serial numbers, station names and the like stay.
    package var retainsDeviceIdentity = false
    /// §E.3.5: words of radiology stay in descriptions; without it descriptions are removed.
    package var cleansDescriptors = false
    /// §E.3.1: where pixels are blackened; none: nowhere.
    package var regions = RegionRules()

    package init() {}
}

/// A code of CID 7050 "De-identification Method" (PS3.16).
struct MethodCode {
    let value: String
    let meaning: String

    static let basic = MethodCode(value: "113100", meaning: "Basic Application Confidentiality Profile")
    static let cleanPixelData = MethodCode(value: "113101", meaning: "Clean Pixel Data Option")
    static let cleanStructuredContent = MethodCode(value: "113104", meaning: "Clean Structured Content Option")
    static let cleanDescriptors = MethodCode(value: "113105", meaning: "Clean Descriptors Option")
    static let modifiedDates = MethodCode(
        value: "113107", meaning: "Retain Longitudinal Temporal Information Modified Dates Option")
    static let patientCharacteristics = MethodCode(value: "113108", meaning: "Retain Patient Characteristics Option")
    static let deviceIdentity = MethodCode(value: "113109", meaning: "Retain Device Identity Option")
}
