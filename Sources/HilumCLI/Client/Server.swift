import Foundation
import HTTP
package import RPC
import ServiceKit
import Synchronization
package import Wire

/// The options of every command that calls a server, and the calls.
package struct Server: Sendable {
    static let options =
        [Option("server", "ADDRESS", help: "Gateway or service; default $HILUM_SERVER, else http://127.0.0.1:8080.")]
        + connectionOptions + [Option("json", help: "Prints the answer as proto3 JSON.")]

    /// The options of a command that has its own for addresses and output.
    static let connectionOptions = [
        Option("ca", "FILE", help: "PEM file of the authorities trusted for an https address; default: the system's."),
        Option("certificate", "FILE", help: "PEM file of the certificate shown to a server that asks for one."),
        Option("key", "FILE", help: "PEM file of the certificate's key; default: in the certificate's file."),
        Option(
            "token-file", "FILE",
            help: "File with the token to show; default $HILUM_TOKEN_FILE, else the token in $HILUM_TOKEN."),
        Option("timeout", "SECONDS", help: "Longest wait for one answer; default 300."),
    ]

    let address: String
    /// True when answers are printed as JSON.
    let printsJSON: Bool
    private let timeout: Duration
    let tls: HTTPClient.TLS
    private let client: RPCClient
    private let token: String?

    /// - Parameter address: in place of what `--server` and the environment say.
    init(_ arguments: Arguments, address: String? = nil) throws(UsageError) {
        let environment = ProcessInfo.processInfo.environment
        self.init(
            address: address ?? arguments.value("server") ?? environment["HILUM_SERVER"] ?? "http://127.0.0.1:8080",
            tls: try HTTPClient.TLS(arguments), token: try Self.token(arguments, environment),
            timeout: .seconds(try arguments.integer("timeout", in: 1...86_400) ?? 300), json: arguments.has("json"))
    }

    init(
        address: String, tls: HTTPClient.TLS = HTTPClient.TLS(), token: String? = nil,
        timeout: Duration = .seconds(300), json: Bool = false
    ) {
        client = RPCClient(address: address, tls: tls)
        self.tls = tls
        self.address = client.address
        self.token = token
        self.timeout = timeout
        printsJSON = json
    }

    /// The token to show; nil: none.
    private static func token(_ arguments: Arguments, _ environment: [String: String]) throws(UsageError) -> String? {
        guard let path = arguments.value("token-file") ?? environment["HILUM_TOKEN_FILE"] else {
            return environment["HILUM_TOKEN"]
        }
        guard let token = BearerToken.read(path) else {
            throw UsageError("--token-file \(path): the file cannot be read or holds no token")
        }
        return token
    }

    /// Calls a method, showing how much of a large request has left.
    ///
    /// - Parameter subject: what the call is about, the beginning of an error line; may be empty.
    func call<Q: Message, R: Message>(
        _ method: MethodDescriptor<Q, R>, _ request: Q, subject: String, _ console: Console
    ) async throws(Failure) -> R {
        defer { console.progress("") }
        do throws(RPCStatus) {
            let upload = UploadProgress(subject: subject, console: console)
            return try await answer(method, request) { upload.show($0) }
        } catch {
            console.progress("")
            throw Failure(error, subject: subject, address: address)
        }
    }

    /// Calls a method.
    ///
    /// - Throws: the status of the server.
    func answer<Q: Message, R: Message>(
        _ method: MethodDescriptor<Q, R>, _ request: Q,
        onProgress: (@Sendable (HTTPClient.TransferProgress) -> Void)? = nil
    ) async throws(RPCStatus) -> R {
        let metadata = token.map(BearerToken.metadata) ?? Metadata()
        return try await client.unary(method, request, metadata: metadata, timeout: timeout, onProgress: onProgress)
    }

    /// What is at a path.
    ///
    /// - Throws: exit code 1 with the beginning of the answer's text where it is no 200.
    func get(_ path: String) async throws(Failure) -> Data {
        let request = HTTPClient.Request(
            url: address + path, tls: tls, fields: token.map { ["authorization": "Bearer \($0)"] } ?? [:],
            timeout: min(timeout, .seconds(60)), connectTimeout: .seconds(10), maxResponseBytes: 16 << 20)
        let status: Int
        let body: Data
        do throws(HTTPError) {
            let response = try await HTTPClient.shared.send(request)
            (status, body) = (response.status, try await response.body.collect(limit: 16 << 20))
        } catch {
            let reason =
                switch error {
                case .untrusted: "its certificate is not trusted"
                case .timedOut: "did not answer in time"
                default: "cannot be reached"
                }
            throw Failure(.unreachable, "\(address) \(reason)")
        }
        guard status == 200 else {
            let text = String(decoding: body.prefix(200), as: UTF8.self).split(separator: "\n").first ?? ""
            throw Failure(.refused, "HTTP \(status)" + (text.isEmpty ? "" : ": \(text)"))
        }
        return body
    }

    /// Prints the JSON form of an answer.
    func printJSON(_ message: some Message, _ console: Console) throws(Failure) {
        do throws(WireError) {
            console.print(String(decoding: try message.jsonUTF8(pretty: true), as: UTF8.self))
        } catch {
            throw Failure(.refused, "the answer has no JSON form: \(error)")
        }
    }
}

extension HTTPClient.TLS {
    /// What `--ca`, `--certificate` and `--key` say; the files have to be there.
    fileprivate init(_ arguments: Arguments) throws(UsageError) {
        for name in ["ca", "certificate", "key"] {
            guard let path = arguments.value(name) else { continue }
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw UsageError("--\(name) \(path): the file cannot be read")
            }
        }
        guard arguments.value("key") == nil || arguments.value("certificate") != nil else {
            throw UsageError("--key needs --certificate")
        }
        self.init(
            authorityFile: arguments.value("ca"), certificateFile: arguments.value("certificate"),
            keyFile: arguments.value("key"))
    }
}

/// Shows on one line how much of a large request has left.
private final class UploadProgress: Sendable {
    private static let worthShowing = 1_000_000
    private let subject: String
    private let console: Console
    private let shown = Mutex(-1)

    init(subject: String, console: Console) {
        self.subject = subject
        self.console = console
    }

    func show(_ sent: HTTPClient.TransferProgress) {
        guard sent.totalBytes > Self.worthShowing else { return }
        let share = 100 * sent.sentBytes / sent.totalBytes
        let isNews = shown.withLock { shown in
            defer { shown = share }
            return shown != share
        }
        if isNews { console.progress("\(subject): \(share) % of \(Text.bytes(sent.totalBytes)) sent") }
    }
}

extension Failure {
    /// One line with all that the server said.
    package init(_ status: RPCStatus, subject: String, address: String) {
        let subject = subject.isEmpty ? "" : subject + ": "
        let info = status.detail(ErrorInfo.self)
        switch status.code {
        case .unavailable where info == nil:
            self.init(
                .unreachable,
                "\(subject)\(address) cannot be reached" + (status.message.isEmpty ? "" : ": \(status.message)"))
        case .deadlineExceeded: self.init(.unreachable, "\(subject)\(address) did not answer in time")
        default:
            let text = Self.text(status)
            self.init(.refused, "\(subject)\(text.isEmpty ? "refused" : text) (\(Self.name(status.code)))")
        }
    }

    /// The status's message with its details.
    static func text(_ status: RPCStatus) -> String {
        status.detail(ErrorInfo.self).map { text(status.message, $0) } ?? status.message
    }

    /// Message, then field, found, limit and remedy where the server gave them.
    package static func text(_ message: String, _ info: ErrorInfo) -> String {
        var text = message.isEmpty ? info.reason : message
        let facts = [("field", info.field), ("found", info.found), ("limit", info.limit)].filter { !$0.1.isEmpty }
        if !facts.isEmpty { text += " [" + facts.map { "\($0): \($1)" }.joined(separator: ", ") + "]" }
        if !info.remedy.isEmpty { text += ". \(info.remedy)" }
        return text
    }

    /// The code in the words of gRPC, for example `FAILED_PRECONDITION`.
    private static func name(_ code: RPCStatus.Code) -> String {
        String(describing: code).reduce(into: "") { name, letter in
            if letter.isUppercase { name += "_" }
            name += letter.uppercased()
        }
    }
}
