package import RPC
import Wire

/// The calls that every program answers besides its own: health and reflection.
package enum StandardServices {
    /// To be called once the program's own services are in `router`.
    package static func register(in router: inout RPCRouter, health: Health) {
        let own = [
            HealthMethods.service, ReflectionMethods<ReflectionV1>.service,
            ReflectionMethods<ReflectionV1Alpha>.service,
        ]
        let names = Set(router.serviceNames + own)
        HealthService(health: health, services: names).register(in: &router)
        ReflectionService(services: names).register(in: &router)
    }
}
