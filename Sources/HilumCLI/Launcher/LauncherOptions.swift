package import Foundation

/// What `hilum up` starts, and where.
package struct LauncherOptions: Sendable {
    /// The services in the order of their start: the gateway needs the addresses of the others.
    package enum ServiceName: String, CaseIterable, Sendable {
        case classifier, planning, gateway

        /// Name of the program.
        package var program: String { self == .gateway ? "gateway" : "\(rawValue)-service" }
    }

    /// Folder of the programs.
    package var programs: URL
    /// Folder of the gateway's ledger, and of the port files.
    package var data: String
    /// Folder of the model bundles; `nil` leaves the services' default.
    package var models: String?
    /// Compute threads of each service; `nil` leaves the services' default.
    package var threads: Int?
    /// Folder of one log file a service; `nil` lets them write to our standard error.
    package var logs: String?
    /// Longest time from a service's start until it takes work.
    package var patience = Duration.seconds(120)
    /// TCP port of each service; 0 means any free one.
    package var ports: [ServiceName: Int] = [.gateway: 8080, .classifier: 8081, .planning: 8082]

    /// TCP port of the gateway's DICOM side; 0 means any free one, nil leaves the gateway's default.
    package var dicomPort: Int?

    package init(programs: URL = Self.ownFolder, data: String) {
        self.programs = programs
        self.data = data
    }

    /// The folder of the running program.
    package static var ownFolder: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }

    /// Where the gateway writes its DICOM port.
    package var dicomPortFile: URL { URL(filePath: data).appending(path: "run/dicom.port") }

    /// The arguments of one service.
    ///
    /// - Parameters:
    ///   - port: to bind; 0 means any free one.
    ///   - addresses: of the services that run already.
    package func arguments(
        _ name: ServiceName, port: Int, portFile: URL, addresses: [ServiceName: String]
    ) -> [String] {
        var arguments = ["--port", String(port), "--port-file", portFile.path, "--grace-seconds", "0"]
        if name == .gateway {
            arguments += ["--data", data, "--dicom-port-file", dicomPortFile.path]
            if let dicomPort { arguments += ["--dicom-port", String(dicomPort)] }
            for (backend, address) in addresses.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                arguments += ["--\(backend.rawValue)", address]
            }
        } else {
            if let models { arguments += ["--models", models] }
            if let threads { arguments += ["--threads", String(threads)] }
        }
        return arguments
    }
}
