import RPC
import ServiceKit

extension BackendPool {
    /// The pool of a service whose replicas are at `addresses`, which the configuration has checked.
    package convenience init(
        _ route: Route, _ addresses: [String], _ configuration: GatewayConfiguration, metrics: BackendMetrics
    ) {
        let backends = configuration.backends
        let maxBytes = configuration.server.maxBodyBytes
        var surroundings = BalancedClient.Surroundings()
        surroundings.lookup = backends.nameResolver
        surroundings.observer = BackendObserver(route: route, metrics: metrics)
        let credentials = backends.tokenFile.flatMap(BearerToken.read).map(BearerToken.metadata) ?? Metadata()
        let client = BalancedClient(
            name: route.rawValue, targets: addresses.compactMap(Target.init), options: backends.balancing,
            surroundings: surroundings
        ) { endpoint in
            RPCClient(
                address: endpoint.address, connectTo: endpoint.connectTo, tls: backends.tls, metadata: credentials,
                connectTimeout: Self.connectTimeout, maxResponseBytes: maxBytes)
        }
        self.init(route, client: client)
    }

    /// Short, since there are other replicas.
    private static let connectTimeout = Duration.seconds(3)
}
