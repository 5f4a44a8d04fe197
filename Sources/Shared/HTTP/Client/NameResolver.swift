import CResolv
import Dispatch
import Foundation

/// Asks for the addresses of host names and for service records, on threads that may block.
package struct NameResolver: Sendable {
    /// One service record (RFC 2782).
    package struct Service: Sendable, Equatable {
        /// The lower is asked first.
        package let priority: Int
        package let port: Int
        package let host: String

        package init(priority: Int, port: Int, host: String) {
            self.priority = priority
            self.port = port
            self.host = host
        }
    }

    /// Nobody answered, or the name is unknown.
    package struct Failure: Error, Equatable {
        package let name: String

        package init(name: String) {
            self.name = name
        }
    }

    /// A name server, for service records.
    package struct Server: Sendable, Equatable {
        /// IPv4, in numbers.
        package let address: String
        package let port: UInt16

        package init(address: String, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// Answers taken of one name; more are left out.
    private static let mostAnswers = 256
    private static let queue = DispatchQueue(label: "hilum.name-resolver", attributes: .concurrent)
    private let server: Server?

    /// - Parameter server: asked for service records; nil: those of `/etc/resolv.conf`.
    package init(server: Server? = nil) {
        self.server = server
    }

    /// The addresses of a host in numbers, as the system finds them (hosts file, DNS A and AAAA): each once, in order.
    package func addresses(of host: String) async throws(Failure) -> [String] {
        try await offThread(host) { Self.systemAddresses(of: host) }
    }

    /// The service records of a name such as `_hilum._tcp.example.org`; none where the name has none.
    package func services(of name: String) async throws(Failure) -> [Service] {
        let server = server
        return try await offThread(name) { Self.serviceRecords(of: name, server) }
    }

    private func offThread<T: Sendable>(
        _ name: String, _ work: @escaping @Sendable () -> T?
    ) async throws(Failure) -> T {
        let result = await withCheckedContinuation { done in
            Self.queue.async { done.resume(returning: work()) }
        }
        guard let result else { throw Failure(name: name) }
        return result
    }
}

// MARK: What blocks
extension NameResolver {
    private static func systemAddresses(of host: String) -> [String]? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var next = list
        while let info = next?.pointee, found.count < mostAnswers {
            if let text = text(info), !found.contains(text) { found.append(text) }
            next = info.ai_next
        }
        return found.isEmpty ? nil : found
    }

    private static func text(_ info: addrinfo) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard
            getnameinfo(
                info.ai_addr, info.ai_addrlen, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func serviceRecords(of name: String, _ server: Server?) -> [Service]? {
        var records = [hilum_srv_record](repeating: hilum_srv_record(), count: mostAnswers)
        let count = hilum_resolv_services(
            name, server?.address, server?.port ?? 0, &records, Int32(records.count))
        guard count >= 0 else { return nil }
        return records.prefix(Int(count)).compactMap { record in
            let host = withUnsafeBytes(of: record.target) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            // RFC 2782: a target of "." says that the service is not offered here.
            guard !host.isEmpty, host != ".", record.port != 0 else { return nil }
            return Service(priority: Int(record.priority), port: Int(record.port), host: host)
        }
    }
}
