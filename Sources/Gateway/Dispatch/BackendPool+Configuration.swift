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
        let credentials = backends.tokenFile.flatMap(BearerToken.read).map(BearerToken.metadata) ?? Metadata()
        let targets = addresses.compactMap(Target.init)
        let replicas = ReplicaList(targets)
        surroundings.observer = BackendObserver(route: route, metrics: metrics, replicas: replicas)
        let client = BalancedClient(
            name: route.rawValue, targets: targets, options: backends.balancing,
            surroundings: surroundings
        ) { endpoint in
            replicas.add(endpoint)
            return RPCClient(
                address: endpoint.address, connectTo: endpoint.connectTo, tls: backends.tls, metadata: credentials,
                connectTimeout: Self.connectTimeout, maxResponseBytes: maxBytes)
        }
        self.init(route, client: client, replicas: replicas)
    }

    /// Short, since there are other replicas.
    private static let connectTimeout = Duration.seconds(3)
}
