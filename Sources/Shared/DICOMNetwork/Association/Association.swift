import CDCMTKNetwork
import Glibc

/// One association, the owner of DCMTK's object. Used on one thread.
final class Association {
    let transport: Transport
    private let handle: OpaquePointer

    private init(_ handle: OpaquePointer, _ transport: Transport) {
        self.handle = handle
        self.transport = transport
    }

    deinit { dul_free(handle) }

    /// What `status` and the transport say of the end.
    private static func error(_ status: dul_status, _ transport: Transport) -> DICOMNetworkError {
        if let failure = transport.failure, failure != .connectionLost { return failure }
        switch status {
        case DUL_STATUS_RELEASE_REQUESTED: return .released
        case DUL_STATUS_ABORTED: return .abortedByPeer
        case DUL_STATUS_CLOSED: return .connectionLost
        case DUL_STATUS_UNREACHABLE: return .unreachable
        case DUL_STATUS_NO_MEMORY: return .outOfMemory
        default: return transport.failure ?? .malformed(.pdu)
        }
    }

    private func check(_ status: dul_status) throws(DICOMNetworkError) {
        guard status == DUL_STATUS_OK else { throw Self.error(status, transport) }
    }

    // MARK: The acceptor's side

    /// Receives the request for an association on a connected socket, which becomes the transport's.
    static func receive(
        _ descriptor: Int32, over transport: Transport, maxPDUBytes: Int, within limit: Duration
    ) throws(DICOMNetworkError) -> Association {
        transport.allow(.negotiation, until: .now + limit)
        var callbacks = transport.callbacks
        var handle: OpaquePointer?
        // The transport's limit is the one that counts; DCMTK's own comes after it.
        let seconds = Int32(limit / .seconds(1)) + 2
        let status = dul_receive(descriptor, &callbacks, UInt32(maxPDUBytes), seconds, &handle)
        guard status == DUL_STATUS_OK, let handle else { throw error(status, transport) }
        let association = Association(handle, transport)
        // DCMTK takes a connection that ends without a byte for a request without content.
        if let failure = transport.failure { throw failure }
        return association
    }

    /// What the requestor asked for.
    func request() throws(DICOMNetworkError) -> AssociationRequest {
        AssociationRequest(
            calledAETitle: Self.title(dul_called_title(handle)), callingAETitle: Self.title(dul_calling_title(handle)),
            applicationContext: String(cString: dul_application_context(handle)), contexts: try proposedContexts())
    }

    private static func title(_ text: UnsafePointer<CChar>) -> String {
        var text = String(cString: text)[...]
        while text.last == " " { text.removeLast() }
        return String(text.drop { $0 == " " })
    }

    private func proposedContexts() throws(DICOMNetworkError) -> [ProposedContext] {
        var contexts: [ProposedContext] = []
        for index in 0..<dul_context_count(handle) {
            var context = dul_context()
            try check(dul_get_context(handle, index, &context))
            var syntaxes: [String] = []
            for syntax in 0..<context.syntax_count {
                try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65) { text throws(DICOMNetworkError) in
                    guard let address = text.baseAddress else { return }
                    try check(dul_get_syntax(handle, index, syntax, address))
                    syntaxes.append(String(cString: address))
                }
            }
            contexts.append(
                ProposedContext(
                    identifier: context.identifier, abstractSyntax: Self.text(&context.abstract_syntax),
                    transferSyntaxes: syntaxes, role: ContextRole(context.role)))
        }
        return contexts
    }

    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Accepts these contexts, refuses the others, and says so.
    func accept(_ decisions: [ContextDecision]) throws(DICOMNetworkError) {
        for decision in decisions {
            switch decision {
            case .accepted(let context, let role):
                try check(
                    dul_accept_context(handle, context.identifier, context.transferSyntax, dul_role(role)))
            case .abstractSyntaxNotSupported(let identifier):
                try check(dul_refuse_context(handle, identifier, true))
            case .transferSyntaxesNotSupported(let identifier):
                try check(dul_refuse_context(handle, identifier, false))
            }
        }
        try check(dul_acknowledge(handle))
        guard transport.flush() else { throw transport.failure ?? .connectionLost }
    }

    func reject(_ rejection: Rejection) {
        _ = dul_reject(
            handle, dul_rejection(result: rejection.result, source: rejection.source, reason: rejection.reason))
        transport.flush()
    }

    func acknowledgeRelease() {
        _ = dul_acknowledge_release(handle)
        transport.flush()
    }

    // MARK: The requestor's side

    /// Connects to a peer and asks for an association.
    static func request(
        _ request: AssociationRequest, of address: (host: String, port: Int), over transport: Transport,
        limits: PeerLimits
    ) throws(DICOMNetworkError) -> Association {
        var callbacks = transport.callbacks
        let connectSeconds = Int32(clamping: Int((limits.connect / .seconds(1)).rounded(.up)))
        let handle = address.host.withCString { host in
            request.calledAETitle.withCString { called in
                request.callingAETitle.withCString { calling in
                    var parameters = dul_request(
                        host: host, port: Int32(address.port), called_title: called, calling_title: calling,
                        max_pdu: UInt32(DUL_MAX_PDU), connect_seconds: connectSeconds)
                    return dul_create(&parameters, &callbacks)
                }
            }
        }
        guard let handle else { throw .unreachable }
        let association = Association(handle, transport)
        for context in request.contexts { try association.propose(context) }
        transport.allow(.negotiation, until: .now + limits.connect + limits.negotiation)
        var rejection = dul_rejection()
        let seconds = Int32(limits.negotiation / .seconds(1)) + 2
        let status = dul_ask(handle, seconds, &rejection)
        if status == DUL_STATUS_REJECTED {
            throw .rejected(Rejection(result: rejection.result, source: rejection.source, reason: rejection.reason))
        }
        try association.check(status)
        return association
    }

    private func propose(_ context: ProposedContext) throws(DICOMNetworkError) {
        let texts = context.transferSyntaxes.map { strdup($0) }
        defer { texts.forEach { free($0) } }
        let pointers = texts.compactMap { $0.map { UnsafePointer($0) } }
        guard pointers.count == texts.count else { throw .outOfMemory }
        try check(
            pointers.withUnsafeBufferPointer { list in
                guard let base = list.baseAddress else { return DUL_STATUS_FAILED }
                return dul_propose(
                    handle, context.identifier, context.abstractSyntax, base, list.count, dul_role(context.role))
            })
    }

    /// Ends in order; nothing depends on the answer.
    func release() {
        _ = dul_release(handle)
    }

    // MARK: Both sides

    /// The contexts that both sides agreed on.
    func acceptedContexts() throws(DICOMNetworkError) -> [UInt8: AcceptedContext] {
        var accepted: [UInt8: AcceptedContext] = [:]
        for index in 0..<dul_context_count(handle) {
            var context = dul_context()
            try check(dul_get_context(handle, index, &context))
            let syntax = Self.text(&context.accepted_syntax)
            guard !syntax.isEmpty else { continue }
            accepted[context.identifier] = AcceptedContext(
                identifier: context.identifier, abstractSyntax: Self.text(&context.abstract_syntax),
                transferSyntax: syntax)
        }
        return accepted
    }

    /// One presentation data value (PS3.8 §9.3.5.1).
    struct Fragment {
        let context: UInt8
        let isCommand: Bool
        let isLast: Bool
    }

    /// Reads the next fragment; its bytes are only there inside `body`.
    func readFragment(
        _ body: (Fragment, UnsafeRawBufferPointer) throws(DICOMNetworkError) -> Void
    ) throws(DICOMNetworkError) {
        var fragment = dul_fragment()
        try check(dul_read(handle, &fragment))
        try body(
            Fragment(context: fragment.context, isCommand: fragment.is_command, isLast: fragment.is_last),
            UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.count))
    }

    /// Sends bytes as one command set or data set, in as many fragments as the peer needs.
    func write(_ bytes: UnsafeRawBufferPointer, isCommand: Bool, context: UInt8) throws(DICOMNetworkError) {
        let limit = max(dul_max_fragment(handle), 2)
        var position = 0
        repeat {
            let piece = UnsafeRawBufferPointer(rebasing: bytes[position..<min(position + limit, bytes.count)])
            position += piece.count
            let fragment = dul_fragment(
                context: context, is_command: isCommand, is_last: position == bytes.count,
                bytes: piece.baseAddress?.assumingMemoryBound(to: UInt8.self), count: piece.count)
            try check(dul_write(handle, fragment))
        } while position < bytes.count
    }

    /// Breaks the association off. The peer has a second to close the connection (PS3.8 §9.2, ARTIM timer).
    func abort() {
        transport.allow(.response, until: .now + .seconds(1))
        dul_abort(handle)
        transport.flush()
    }
}

extension ContextRole {
    fileprivate init(_ role: dul_role) {
        switch role {
        case DUL_REQUESTOR_PROVIDES: self = .provides
        case DUL_REQUESTOR_DOES_BOTH: self = .both
        default: self = .uses
        }
    }
}

extension dul_role {
    fileprivate init(_ role: ContextRole) {
        switch role {
        case .uses: self = DUL_REQUESTOR_USES
        case .provides: self = DUL_REQUESTOR_PROVIDES
        case .both: self = DUL_REQUESTOR_DOES_BOTH
        }
    }
}
