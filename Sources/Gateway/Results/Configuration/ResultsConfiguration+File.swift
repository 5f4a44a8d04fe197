package import Foundation
import Reporting

/// What is wrong with the file of results; names the entry.
package struct ResultsFileError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension ResultsConfiguration {
    private static let most = 16

    /// Reads the file's JSON. Everything is checked; an unknown member is an error.
    package init(_ json: Data) throws(ResultsFileError) {
        self.init()
        guard let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any] else {
            throw ResultsFileError("it is not a JSON object")
        }
        var file = Members(object, in: "file")
        if let text = try file.text("uid_root") {
            guard let root = UIDRoot(text) else {
                throw ResultsFileError("uid_root is not a UID of 24 characters at most")
            }
            self.root = root
        }
        if let text = try file.text("serial_number") { serialNumber = text }
        if let kinds = try file.kinds("hold") { hold = kinds }
        refusals = try file.integer("refusals", 1...1000) ?? refusals
        giveUpAfter = try file.seconds("give_up_hours", 0.01...8760, unit: 3600) ?? giveUpAfter
        firstDelay = try file.seconds("retry_first_seconds", 0.01...3600) ?? firstDelay
        longestDelay = try file.seconds("retry_longest_seconds", 0.01...86_400) ?? max(longestDelay, firstDelay)
        guard longestDelay >= firstDelay else {
            throw ResultsFileError("retry_longest_seconds is shorter than retry_first_seconds")
        }
        for (index, entry) in try file.objects("destinations").enumerated() {
            destinations.append(try Destination(Members(entry, in: "destinations[\(index)]")))
        }
        try file.finish()
        guard destinations.count <= Self.most else { throw ResultsFileError("more than \(Self.most) destinations") }
        guard Set(destinations.map(\.name)).count == destinations.count else {
            throw ResultsFileError("two destinations share a name")
        }
    }
}

extension Destination {
    fileprivate init(_ members: Members) throws(ResultsFileError) {
        var members = members
        let name = try members.required("name")
        guard (1...32).contains(name.utf8.count),
            name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
        else { throw members.wrong("name", "1 to 32 small letters, digits and dashes") }
        self.name = name
        timeout = try members.seconds("timeout_seconds", 0.1...3600) ?? .seconds(30)
        switch try members.required("type") {
        case "stow":
            let kinds = try members.kinds("send") ?? Set(ResultKind.allCases)
            transport = .stow(try members.httpTarget(), kinds)
        case "dicom":
            let kinds = try members.kinds("send") ?? Set(ResultKind.allCases)
            transport = .dicom(try members.dicomTarget(), kinds)
        case "fhir":
            transport = .fhir(try members.httpTarget(), patientIDSystem: try members.text("patient_id_system"))
        case "mllp": transport = .mllp(try members.mllpTarget(), try members.endpoint())
        case "webhook":
            transport = .webhook(
                try members.httpTarget(), secretFile: try members.readable("secret_file", isRequired: true) ?? "",
                includesPatient: try members.flag("include_patient") ?? false)
        default: throw members.wrong("type", "stow, dicom, fhir, mllp or webhook")
        }
        deidentification = try members.deidentification()
        guard deidentification == nil || !objects.isEmpty else {
            throw members.wrong("deidentify", "a destination of objects (stow, dicom)")
        }
        try members.finish()
    }
}

/// The members of one object of the file; those that nobody took are errors.
private struct Members {
    private var rest: [String: Any]
    private let place: String

    init(_ object: [String: Any], in place: String) {
        rest = object
        self.place = place
    }

    func wrong(_ name: String, _ allowed: String) -> ResultsFileError {
        ResultsFileError("\(place).\(name): \(allowed) expected")
    }

    func finish() throws(ResultsFileError) {
        if let unknown = rest.keys.sorted().first { throw ResultsFileError("\(place).\(unknown) is unknown") }
    }

    private mutating func take<Value>(_ name: String, _ allowed: String, as: Value.Type) throws(ResultsFileError)
        -> Value?
    {
        guard let found = rest.removeValue(forKey: name) else { return nil }
        guard let value = found as? Value else { throw wrong(name, allowed) }
        return value
    }

    mutating func text(_ name: String) throws(ResultsFileError) -> String? {
        try take(name, "text", as: String.self)
    }

    mutating func required(_ name: String) throws(ResultsFileError) -> String {
        guard let text = try text(name), !text.isEmpty else { throw wrong(name, "text") }
        return text
    }

    mutating func flag(_ name: String) throws(ResultsFileError) -> Bool? {
        try take(name, "true or false", as: Bool.self)
    }

    mutating func integer(_ name: String, _ range: ClosedRange<Int>) throws(ResultsFileError) -> Int? {
        let allowed = "\(range.lowerBound)…\(range.upperBound)"
        guard let number = try take(name, allowed, as: Int.self) else { return nil }
        guard range.contains(number) else { throw wrong(name, allowed) }
        return number
    }

    mutating func seconds(
        _ name: String, _ range: ClosedRange<Double>, unit: Double = 1
    ) throws(ResultsFileError) -> Duration? {
        let allowed = "\(range.lowerBound)…\(range.upperBound)"
        guard let number = try take(name, allowed, as: Double.self) else { return nil }
        guard range.contains(number) else { throw wrong(name, allowed) }
        return .milliseconds(Int64((number * unit * 1000).rounded()))
    }

    mutating func kinds(_ name: String) throws(ResultsFileError) -> Set<ResultKind>? {
        let allowed = "a list of " + ResultKind.allCases.map(\.rawValue).joined(separator: ", ")
        guard let names = try take(name, allowed, as: [String].self) else { return nil }
        let kinds = names.compactMap { ResultKind(rawValue: $0) }
        guard kinds.count == names.count else { throw wrong(name, allowed) }
        return Set(kinds)
    }

    mutating func objects(_ name: String) throws(ResultsFileError) -> [[String: Any]] {
        try take(name, "a list of objects", as: [[String: Any]].self) ?? []
    }

    /// The path of a file that can be read.
    mutating func readable(_ name: String, isRequired: Bool = false) throws(ResultsFileError) -> String? {
        guard let path = try text(name) else {
            if isRequired { throw wrong(name, "a path") }
            return nil
        }
        guard FileManager.default.isReadableFile(atPath: path) else { throw wrong(name, "a file that can be read") }
        return path
    }

    mutating func deidentification() throws(ResultsFileError) -> ExportDeidentification? {
        guard let object = try take("deidentify", "an object", as: [String: Any].self) else { return nil }
        var members = Members(object, in: place + ".deidentify")
        var found = ExportDeidentification(
            secretFile: try members.readable("secret_file", isRequired: true) ?? "",
            regionFile: try members.readable("regions_file"))
        found.retainsModifiedDates = try members.flag("retain_dates") ?? false
        found.retainsPatientCharacteristics = try members.flag("retain_patient") ?? false
        found.retainsDeviceIdentity = try members.flag("retain_device") ?? false
        found.cleansDescriptors = try members.flag("clean_descriptors") ?? false
        try members.finish()
        guard found.deidentifier() != nil else {
            throw members.wrong("secret_file", "a secret of 32 bytes or more, and region rules where they are named,")
        }
        return found
    }

    mutating func tls() throws(ResultsFileError) -> TLSPaths {
        TLSPaths(
            authorityFile: try readable("ca_file"), certificateFile: try readable("certificate_file"),
            keyFile: try readable("key_file"))
    }

    mutating func httpTarget() throws(ResultsFileError) -> HTTPTarget {
        let url = try required("url")
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), let parts = URLComponents(string: url),
            parts.host?.isEmpty == false, parts.user == nil, parts.fragment == nil
        else { throw wrong("url", "http:// or https://, without user or fragment") }
        return HTTPTarget(url: url, tokenFile: try readable("token_file"), tls: try tls())
    }

    mutating func mllpTarget() throws(ResultsFileError) -> MLLPTarget {
        guard let (host, port) = Self.hostAndPort(try required("address")) else { throw wrong("address", "host:port") }
        return MLLPTarget(host: host, port: port, tls: try optionalTLS())
    }

    mutating func dicomTarget() throws(ResultsFileError) -> DICOMTarget {
        let address = try required("address")
        guard let at = address.lastIndex(of: "@"), isAETitle(String(address[..<at])),
            let (host, port) = Self.hostAndPort(address[address.index(after: at)...])
        else { throw wrong("address", "TITLE@host:port") }
        let callingAETitle = try text("calling_title") ?? "HILUM"
        guard isAETitle(callingAETitle) else { throw wrong("calling_title", "an AE title") }
        return DICOMTarget(
            host: host, port: port, calledAETitle: String(address[..<at]), callingAETitle: callingAETitle,
            tls: try optionalTLS(), commits: try flag("commitment") ?? false)
    }

    private static func hostAndPort(_ address: some StringProtocol) -> (host: String, port: Int)? {
        guard let colon = address.lastIndex(of: ":"), colon != address.startIndex,
            let port = Int(address[address.index(after: colon)...]), (1...65_535).contains(port)
        else { return nil }
        return (address[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port)
    }

    /// The files where `tls` is true.
    private mutating func optionalTLS() throws(ResultsFileError) -> TLSPaths? {
        let paths = try tls()
        return try flag("tls") ?? false ? paths : nil
    }

    mutating func endpoint() throws(ResultsFileError) -> HL7Endpoint {
        var endpoint = HL7Endpoint()
        endpoint.sendingApplication = try text("sending_application") ?? endpoint.sendingApplication
        endpoint.sendingFacility = try text("sending_facility") ?? ""
        endpoint.receivingApplication = try text("receiving_application") ?? ""
        endpoint.receivingFacility = try text("receiving_facility") ?? ""
        if let name = try text("character_set") {
            guard let set = HL7CharacterSet(rawValue: name) else {
                throw wrong("character_set", HL7CharacterSet.allCases.map(\.rawValue).joined(separator: ", "))
            }
            endpoint.characterSet = set
        }
        return endpoint
    }
}
