package import HTTP
package import RPC
import Synchronization
package import Wire

/// Lets requests in or refuses them, by the table of what each demands; keeps the audit log of both.
///
/// Without an authenticator everybody may do everything that the table names.
package final class AccessControl: RPCGate {
    private let table: AccessTable
    private let authenticator: Mutex<Authenticator?>
    private let rates: CallerRates?
    private let audit: AuditLog?
    private let refusals: Counter

    package init(
        _ options: AccessOptions, table: AccessTable, authenticator: Authenticator?, context: ServiceContext
    ) {
        self.table = table.withMetrics(options.metrics)
        self.authenticator = Mutex(authenticator)
        rates = CallerRates(options)
        audit = context.audit
        refusals = context.metrics.counter(
            "hilum_access_refused_total", help: "Requests that were not let in, by reason.", labels: ["reason"])
    }

    /// Whether callers have to show who they are.
    package var isOn: Bool { authenticator.withLock { $0 != nil } }

    /// Goes on with other tokens, keys and certificates.
    package func use(_ authenticator: Authenticator?) {
        self.authenticator.withLock { $0 = authenticator }
    }

    /// What a path that is no call's comes to.
    func find(_ request: HTTPRequest) -> AccessTable.Finding {
        table.find(request.method, request.path)
    }

    /// The methods among `names` for which the table states nothing.
    package func methodsWithoutRule(among names: [String]) -> [String] {
        names.filter { table.methods[$0] == nil }
    }
}

// MARK: Calls
extension AccessControl {
    package func admit(_ request: HTTPRequest, toMethod method: String?) throws(RPCRefusal) -> Caller? {
        try admit(
            request, to: method ?? "unknown", rule: method == nil ? .anyCaller : method.flatMap { table.methods[$0] })
    }

    package func willAnswer(_ request: any Message, _ context: CallContext) async throws {
        guard context.transport != .inProcess, let action = table.methods[context.method]?.audit else { return }
        try await audit?.record(
            AuditRecord(
                action, caller: context.caller, peer: context.remoteAddress, route: context.method,
                study: (request as? any StudyRequest)?.studyInstanceUID))
    }
}

// MARK: Requests of every kind
extension AccessControl {
    /// Lets a request to a path in, and writes it down where the table says so.
    func admit(_ request: HTTPRequest, to route: AccessRoute, study: String?) async throws(RPCRefusal) -> Caller? {
        let caller = try admit(request, to: route.pattern, rule: route.rule)
        guard let action = route.rule.audit, let audit else { return caller }
        do {
            try await audit.record(
                AuditRecord(
                    action, caller: caller, peer: request.remoteAddress, route: "\(request.method) \(route.pattern)",
                    study: study))
        } catch {
            throw RPCRefusal(error)
        }
        return caller
    }

    /// Refuses a request to a path that is not there as one to a path that is, so that nobody learns which are.
    func admitUnknown(_ request: HTTPRequest) throws(RPCRefusal) {
        _ = try admit(request, to: "unknown", rule: .anyCaller)
    }

    private func admit(_ request: HTTPRequest, to route: String, rule: AccessRule?) throws(RPCRefusal) -> Caller? {
        var caller: Caller?
        do throws(AccessError) {
            guard rule?.demand != .open else { return nil }
            caller = try identify(request)
            try rates?.take(Self.rateKey(caller, request))
            try check(caller, rule)
            return caller
        } catch {
            refusals.increment(error.reason)
            if error.isForAudit {
                audit?.noteRefusal(
                    AuditRecord(
                        .refused, caller: caller, peer: request.remoteAddress, route: route, detail: error.reason))
            }
            throw RPCRefusal(error)
        }
    }

    /// Who cannot be known counts by address, so that guessing is slow too.
    private func identify(_ request: HTTPRequest) throws(AccessError) -> Caller? {
        guard let authenticator = authenticator.withLock({ $0 }) else { return nil }
        do throws(AccessError) {
            return try authenticator.caller(of: request)
        } catch {
            try rates?.take(Self.rateKey(nil, request))
            throw error
        }
    }

    private func check(_ caller: Caller?, _ rule: AccessRule?) throws(AccessError) {
        guard isOn, let caller else { return }
        guard let rule else { throw .noRoleStated }
        guard case .roles(let needed) = rule.demand else { return }
        guard !needed.isDisjoint(with: caller.roles) else { throw .roleMissing(needed: needed.sorted()) }
    }

    private static func rateKey(_ caller: Caller?, _ request: HTTPRequest) -> String {
        if let caller { return "caller \(caller.name)" }
        let address = request.remoteAddress ?? ""
        return "address \(address.lastIndex(of: ":").map { address[..<$0] } ?? address[...])"
    }
}

extension AccessError {
    /// For metrics and the audit log: one of few words.
    var reason: String {
        switch self {
        case .credentialsMissing: "credentials_missing"
        case .credentialsInvalid(let fault): "credentials_\(fault.rawValue)"
        case .roleMissing: "role_missing"
        case .noRoleStated: "no_role_stated"
        case .tooManyRequests: "rate"
        case .auditUnavailable: "audit_unavailable"
        }
    }

    fileprivate var isForAudit: Bool {
        switch self {
        case .credentialsMissing, .credentialsInvalid, .roleMissing, .noRoleStated: true
        case .tooManyRequests, .auditUnavailable: false
        }
    }
}

extension RPCRefusal {
    /// The refusal with the challenge of RFC 6750 §3, or the time to wait.
    init(_ error: AccessError) {
        let metadata = ResponseMetadata()
        switch error {
        case .credentialsMissing: metadata.setLeading("www-authenticate", "Bearer realm=\"hilum\"")
        case .credentialsInvalid:
            metadata.setLeading("www-authenticate", "Bearer realm=\"hilum\", error=\"invalid_token\"")
        case .roleMissing, .noRoleStated:
            metadata.setLeading("www-authenticate", "Bearer realm=\"hilum\", error=\"insufficient_scope\"")
        case .tooManyRequests(let wait):
            let seconds = AdmissionError.wholeSeconds(wait)
            metadata.setLeading("retry-after", String(seconds))
            metadata.setTrailing("grpc-retry-pushback-ms", String(seconds * 1000))
        case .auditUnavailable: break
        }
        self.init(error.rpcStatus, metadata: metadata)
    }

    /// The refusal of a request that is no call.
    var response: HTTPResponse {
        var fields = HTTPFields()
        for name in ["www-authenticate", "retry-after"] { fields[name] = metadata.leading[name] }
        return .text(status.httpStatus, status.message + "\n", fields: fields)
    }
}

/// A request that is about one study.
package protocol StudyRequest {
    var studyInstanceUID: String { get }
}

extension GetStudyRequest: StudyRequest {}
extension ReviewStudyRequest: StudyRequest {}
