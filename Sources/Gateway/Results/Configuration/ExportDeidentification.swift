import Deidentification
import Foundation

/// How objects for a destination outside are de-identified (PS3.15 Annex E). The secret is that of `hilum deidentify`,
/// so that both give a patient the same pseudonym.
package struct ExportDeidentification: Sendable, Hashable {
    package var secretFile: String
    /// Rules in JSON: where the pixels of which devices are blackened; nil: nowhere.
    package var regionFile: String?
    package var retainsModifiedDates = false
    package var retainsPatientCharacteristics = false
    package var retainsDeviceIdentity = false
    package var cleansDescriptors = false

    /// What does it, by the files as they are now; nil where they cannot be used.
    func deidentifier() -> Deidentifier? {
        guard var key = FileManager.default.contents(atPath: secretFile) else { return nil }
        while let last = key.last, [9, 10, 13, 32].contains(last) { key.removeLast() }
        guard let secret = try? SiteSecret([UInt8](key)) else { return nil }
        var options = DeidentificationOptions()
        options.retainsModifiedDates = retainsModifiedDates
        options.retainsPatientCharacteristics = retainsPatientCharacteristics
        options.retainsDeviceIdentity = retainsDeviceIdentity
        options.cleansDescriptors = cleansDescriptors
        if let regionFile {
            guard let json = FileManager.default.contents(atPath: regionFile), let rules = try? RegionRules(json) else {
                return nil
            }
            options.regions = rules
        }
        return Deidentifier(secret: secret, options: options)
    }
}

/// Sends objects without what says whose they are; what cannot be de-identified is not sent.
struct DeidentifyingSender: ResultSender {
    let deidentification: ExportDeidentification
    let sender: any ResultSender

    func send(_ bytes: Data, subject: String) async -> DeliveryVerdict {
        guard let deidentifier = deidentification.deidentifier() else {
            return .unreachable("the files of de-identification cannot be used")
        }
        guard let object = try? deidentifier.deidentify(bytes) else { return .refused("it cannot be de-identified") }
        return await sender.send(object.bytes, subject: object.identity.sopInstanceUID)
    }
}
