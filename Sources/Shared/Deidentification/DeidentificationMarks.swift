import Imaging

/// Says in the object that it was de-identified, and how (PS3.3 §C.7.1.1, §C.12.1.1.1; PS3.15 §E.1.1).
struct DeidentificationMarks {
    private let options: DeidentificationOptions
    private let arePixelsCleaned: Bool

    init(_ options: DeidentificationOptions, arePixelsCleaned: Bool) {
        self.options = options
        self.arePixelsCleaned = arePixelsCleaned
    }

    func put(into dataSet: DataSet) throws(DeidentificationError) {
        do throws(ImagingError) {
            try dataSet.set(Tag(0x0012, 0x0062), "YES", vr: "CS")
            try dataSet.set(
                Tag(0x0012, 0x0063), "DICOM PS3.15 \(ConfidentialityProfile.edition) Annex E Basic Profile", "Hilum",
                vr: "LO")
            var items: [DataSet] = []
            for code in codes { items.append(try Dummy.code(code.value, scheme: "DCM", meaning: code.meaning)) }
            try dataSet.set(Tag(0x0012, 0x0064), items: items)
            try dataSet.set(Tag(0x0028, 0x0303), options.retainsModifiedDates ? "MODIFIED" : "REMOVED", vr: "CS")
            if arePixelsCleaned { try dataSet.set(.burnedInAnnotation, "NO", vr: "CS") }
        } catch {
            throw .imaging(error)
        }
    }

    private var codes: [MethodCode] {
        var codes: [MethodCode] = [.basic]
        if arePixelsCleaned { codes.append(.cleanPixelData) }
        // SR text is replaced and its names, dates and UIDs are, while its codes and numbers stay.
        codes.append(.cleanStructuredContent)
        if options.cleansDescriptors { codes.append(.cleanDescriptors) }
        if options.retainsModifiedDates { codes.append(.modifiedDates) }
        if options.retainsPatientCharacteristics { codes.append(.patientCharacteristics) }
        if options.retainsDeviceIdentity { codes.append(.deviceIdentity) }
        return codes
    }
}
