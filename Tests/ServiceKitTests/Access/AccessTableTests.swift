import HTTP
import Testing

import ServiceKit

@Suite struct AccessTableTests {
    private let table = AccessTable(
        methods: [:],
        routes: [
            AccessRoute("GET", "/open", .open),
            AccessRoute("POST", "/studies/{study}", .roles(.sender)),
            AccessRoute("GET", "/studies/{study}/**", .roles(.reader, audit: .imageRead)),
            AccessRoute("*", "/models/{model}/infer", .roles(.console)),
            AccessRoute("*", "/models/**", .anyCaller),
        ])

    /// The pattern that fits, with the study; `-` where nothing does, `405` where another method would.
    private func find(_ method: String, _ path: String) -> String {
        switch table.find(method, path) {
        case .route(let route, let study): route.pattern + (study.map { " \($0)" } ?? "")
        case .otherMethods(let methods): "405 " + methods.joined(separator: ",")
        case .nothing: "-"
        }
    }

    @Test(arguments: [
        ("GET", "/open", "/open"), ("HEAD", "/open", "/open"), ("GET", "/open/", "/open"),
        ("POST", "/open", "405 GET,HEAD"), ("GET", "/op%65n", "/open"), ("GET", "/open/x", "-"), ("GET", "/", "-"),
        ("POST", "/studies/1.2", "/studies/{study} 1.2"), ("POST", "/studies", "-"),
        ("GET", "/studies/1.2/series/3", "/studies/{study}/** 1.2"),
        ("DELETE", "/studies/1.2", "405 POST,GET,HEAD"),
        ("POST", "/models/a/infer", "/models/{model}/infer"), ("POST", "/models/a/%69nfer", "/models/{model}/infer"),
        ("POST", "/models/a/infer/", "/models/{model}/infer"), ("POST", "/models/a/b", "/models/**"),
        ("GET", "/models/../open", "-"), ("GET", "/models/%2e%2e/open", "-"), ("GET", "/%zz", "-"), ("GET", "", "-"),
        ("GET", "//open", "-"), ("GET", "/studies/1%2F2/x", "/studies/{study}/** 1/2"),
    ])
    func `a path finds the first route that fits, decoded as its handler reads it`(
        method: String, path: String, expected: String
    ) {
        #expect(find(method, path) == expected)
    }

    @Test func `metrics are the operators' where the options say so`() {
        let table = AccessTable.hilum.withMetrics(.operator)
        guard case .route(let route, _) = table.find("GET", "/metrics") else {
            Issue.record("no route")
            return
        }
        #expect(route.rule == .roles(.operator))
    }

    @Test func `whoever keeps the system running sees no image, and whoever sends reads none`() {
        for path in ["/dicom-web/studies/1.2/series/1/instances/1", "/dicom-web/studies/1.2/rendered"] {
            guard case .route(let route, _) = AccessTable.hilum.find("GET", path) else {
                Issue.record("no route")
                return
            }
            #expect(route.rule == .roles(.reader, audit: .imageRead))
        }
    }
}
