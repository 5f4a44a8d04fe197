import Foundation

/// `hilum up`
package struct UpCommand: Command {
    package static let name = "up"
    package static let operands = ""
    package static let summary = "Runs gateway, classifier and planning service on this machine until interrupted."
    package static let options =
        launcherOptions + [
            Option("data", "FOLDER", help: "Where the gateway keeps studies; default ./hilum-data."),
            Option("port", "N", help: "Port of the gateway; default 8080, 0 for any free one."),
            Option("dicom-port", "N", help: "DICOM port of the gateway; default 11112, 0 for any free one."),
            Option("classifier-port", "N", help: "Port of the classifier; default 8081."),
            Option("planning-port", "N", help: "Port of the planning service; default 8082."),
            Option("free-ports", help: "Takes any free port for each service that has no port given."),
            Option("port-file", "FILE", help: "Receives the gateway's port once all services take work."),
        ]

    /// The options that `demo` has too.
    static let launcherOptions = [
        Option("models", "FOLDER", help: "Model bundles; default ./models."),
        Option("threads", "N", help: "Compute threads of each service."),
        Option("logs", "FOLDER", help: "One log file a service; default standard error."),
        Option("patience", "SECONDS", help: "Longest wait until a service takes work; default 120."),
        Option("programs", "FOLDER", help: "Where the services' programs are; default beside this one."),
    ]

    package let launcher: LauncherOptions
    private let portFile: String?

    package init(_ arguments: Arguments) throws(UsageError) {
        try arguments.noOperands()
        var launcher = try LauncherOptions(arguments, data: arguments.value("data") ?? "hilum-data")
        if arguments.has("free-ports") { launcher.ports = launcher.ports.mapValues { _ in 0 } }
        for (option, service) in [
            ("port", LauncherOptions.ServiceName.gateway), ("classifier-port", .classifier),
            ("planning-port", .planning),
        ] {
            if let port = try arguments.integer(option, in: 0...65_535) { launcher.ports[service] = port }
        }
        launcher.dicomPort =
            try arguments.integer("dicom-port", in: 0...65_535) ?? (launcher.ports[.gateway] == 0 ? 0 : nil)
        self.launcher = launcher
        portFile = arguments.value("port-file")
    }

    package func run(_ console: Console) async throws(Failure) {
        let launcher = Launcher(launcher) { console.note("hilum: \($0)") }
        try await launcher.run { address throws(Failure) in
            if let portFile {
                let port = address.split(separator: ":").last.map { String($0) + "\n" } ?? ""
                try InputFiles.write(Data(port.utf8), to: URL(filePath: portFile))
            }
            console.print("ready \(address)")
            await launcher.stopped()
        }
    }
}

extension LauncherOptions {
    init(_ arguments: Arguments, data: String) throws(UsageError) {
        self.init(programs: arguments.value("programs").map { URL(filePath: $0) } ?? Self.ownFolder, data: data)
        models = arguments.value("models")
        logs = arguments.value("logs")
        if let seconds = try arguments.integer("patience", in: 1...86_400) { patience = .seconds(seconds) }
        threads = try arguments.integer("threads", in: 1...1024)
    }
}
