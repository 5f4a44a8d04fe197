package import HTTP

/// One line of the audit log: who did what to which study. Holds no name of a patient and no token.
package struct AuditRecord: Sendable {
    /// What was done.
    package enum Action: String, CaseIterable, Sendable {
        case imageRead = "image_read"
        case resultRead = "result_read"
        case worklistRead = "worklist_read"
        case review
        /// Objects left for another system.
        case export
        /// A pseudonym was turned back into the patient.
        case reidentification
        case configurationReload = "configuration_reload"
        /// Somebody was not let in.
        case refused
        case start
        /// The last line of the log before had not been written to its end.
        case recovery
    }

    package let action: Action
    /// Name of who did it; empty where nobody had to say.
    package let caller: String
    package let roles: [String]
    /// Address and port it came from.
    package let peer: String
    /// Method or pattern of the path; never a path as sent.
    package let route: String
    /// Study Instance UID.
    package let study: String
    /// A constant word, or a count.
    package let detail: String

    package init(
        _ action: Action, caller: Caller? = nil, peer: String? = nil, route: String = "", study: String? = nil,
        detail: String = ""
    ) {
        self.action = action
        self.caller = caller?.name ?? ""
        roles = caller?.roles.sorted().map(\.rawValue) ?? []
        self.peer = peer ?? ""
        self.route = route
        self.study = study.map { String($0.unicodeScalars.filter(Self.isOfUID).prefix(64).map(Character.init)) } ?? ""
        self.detail = detail
    }

    /// What else a caller writes into the place of a UID stays out of the log.
    private static func isOfUID(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || scalar == "."
    }

    /// The line, with what chains it to the one before.
    package func line(number: UInt64, time: String, previous: String) -> String {
        func quoted(_ text: String) -> String { LogValue.quoted(text) }
        return "{\"number\":\(number),\"time\":\(quoted(time)),\"action\":\(quoted(action.rawValue))"
            + ",\"caller\":\(quoted(caller)),\"roles\":[\(roles.map(quoted).joined(separator: ","))]"
            + ",\"peer\":\(quoted(peer)),\"route\":\(quoted(route)),\"study\":\(quoted(study))"
            + ",\"detail\":\(quoted(detail)),\"previous\":\(quoted(previous))}"
    }
}
