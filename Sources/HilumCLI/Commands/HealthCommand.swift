import Wire

/// `hilum health`
package struct HealthCommand: Command {
    package static let name = "health"
    package static let operands = ""
    package static let summary = "Tells whether the server takes work, and which model bundles answer."
    package static let options = Server.options

    private let server: Server

    package init(_ arguments: Arguments) throws(UsageError) {
        try arguments.noOperands()
        server = try Server(arguments)
    }

    package func run(_ console: Console) async throws(Failure) {
        let response = try await server.call(HealthMethods.check, HealthCheckRequest(), subject: "", console)
        if server.printsJSON {
            try server.printJSON(response, console)
        } else {
            console.print("\(server.address): \(response.status == .serving ? "serving" : "NOT SERVING")")
            for list in await ModelList.fetch(server, console) { print(list, console) }
        }
        if response.status != .serving { throw Failure(.refused) }
    }

    private func print(_ list: ModelList, _ console: Console) {
        if let failure = list.failure { return console.print(failure.message) }  // it names the service
        var table = Table("\(list.service.uppercased()) BUNDLE", "STATE", "NETWORK", "INTENDED USE")
        for model in list.models {
            let ref = model.ref ?? ModelRef()
            let state = model.ready ? "ready" : "NOT READY: \(model.reason)"
            table.add("\(ref.name)/\(ref.version)", state, model.architecture, ref.intendedUse)
        }
        console.print(list.models.isEmpty ? "\(list.service): no bundles" : table.text)
    }
}
