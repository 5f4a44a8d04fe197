/// Who made the objects (PS3.3 §C.7.5.1, General Equipment).
package struct ReportingDevice: Sendable, Hashable {
    package let manufacturer = "Hilum"
    package let modelName = "Hilum"
    /// Device Serial Number (0018,1000), at most 64 characters.
    package let serialNumber: String
    /// Software Versions (0018,1020).
    package let softwareVersion: String
    package let root: UIDRoot

    package init(serialNumber: String, softwareVersion: String, root: UIDRoot) {
        self.serialNumber = String(serialNumber.prefix(64))
        self.softwareVersion = softwareVersion
        self.root = root
    }
}
