package import HTTP

/// Looks host names and service records up. `NameResolver` asks the system.
package protocol AddressLookup: Sendable {
    /// The addresses of a host, in numbers.
    func addresses(of host: String) async throws(NameResolver.Failure) -> [String]
    /// The service records of a name.
    func services(of name: String) async throws(NameResolver.Failure) -> [NameResolver.Service]
}

extension NameResolver: AddressLookup {}

extension Target {
    /// The replicas there are now. Of service records those with the lowest priority count; load decides among them,
    /// not their weight.
    func endpoints(_ lookup: some AddressLookup) async throws(NameResolver.Failure) -> [Endpoint] {
        switch self {
        case .replica(let address): return [Endpoint(address: address)]
        case .host(let scheme, let name, let port):
            return Self.endpoints(scheme, name, port, try await lookup.addresses(of: name))
        case .service(let scheme, let name):
            let services = try await lookup.services(of: name)
            let first = services.map(\.priority).min()
            var found: [Endpoint] = []
            for service in services where service.priority == first {
                // A record whose host is gone takes nothing from the others.
                guard let addresses = try? await lookup.addresses(of: service.host) else { continue }
                found += Self.endpoints(scheme, service.host, service.port, addresses)
            }
            guard !found.isEmpty else { throw NameResolver.Failure(name: name) }
            return found
        }
    }

    private static func endpoints(_ scheme: String, _ host: String, _ port: Int, _ addresses: [String]) -> [Endpoint] {
        addresses.map { address in
            let bracketed = address.contains(":") ? "[\(address)]" : address
            return Endpoint(address: "\(scheme)://\(host):\(port)", connectTo: "\(bracketed):\(port)")
        }
    }
}
