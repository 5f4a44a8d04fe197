import HTTP
import RPC
import Testing

@Suite struct TargetTests {
    @Test(arguments: [
        ("a:1", Target.replica(address: "http://a:1")), ("http://a.b:80", .replica(address: "http://a.b:80")),
        ("https://[::1]:443", .replica(address: "https://[::1]:443")),
        ("dns+http://classifier:8081", .host(scheme: "http", name: "classifier", port: 8081)),
        ("dns+https://classifier:8081", .host(scheme: "https", name: "classifier", port: 8081)),
        ("srv+https://_hilum._tcp.example.org", .service(scheme: "https", name: "_hilum._tcp.example.org")),
    ])
    func `an address says where replicas are`(text: String, target: Target) {
        #expect(Target(text) == target)
    }

    @Test(arguments: [
        "", "a", ":1", "a:", "a:0", "a:65536", "a:1/path", "ftp://a:1", "dns+http://a", "srv+http://a:1",
        "srv+http://a",
        "srv+http://", "http://a b:1", "http://[::1:1", "dns+ftp://a:1", "http://u@a:1",
    ])
    func `what is no address is refused`(text: String) {
        #expect(Target(text) == nil)
    }

    @Test func `a host name is looked up by the system`() async throws {
        #expect(try await NameResolver().addresses(of: "127.0.0.1") == ["127.0.0.1"])
        #expect(try await NameResolver().addresses(of: "localhost").contains("127.0.0.1"))
    }

    @Test func `a name server that is not there is an error`() async throws {
        let server = NameResolver.Server(address: "127.0.0.1", port: 9)
        await #expect(throws: NameResolver.Failure(name: "_x._tcp.test")) {
            try await NameResolver(server: server).services(of: "_x._tcp.test")
        }
    }
}
