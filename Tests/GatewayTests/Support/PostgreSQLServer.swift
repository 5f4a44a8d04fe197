import Foundation

/// A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder, reached over a socket in it, that ends
/// with the process.
final class PostgreSQLServer: Sendable {
    /// Started at its first use.
    static let shared = Result { try PostgreSQLServer() }

    enum Failure: Error {
        /// A program of Debian's package postgresql ended with this status.
        case failed(program: String, status: Int32)
    }

    let folder: String
    let connectionString: String

    /// Where Debian keeps the programs of version 15.
    private static let programs = "/usr/lib/postgresql/15/bin/"

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("hilum-pg-\(UUID().uuidString.prefix(8))")
            .path
        connectionString = "host=\(folder) dbname=postgres user=hilum"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.giveAway(folder)
        try run("initdb", ["-D", folder + "/data", "-U", "hilum", "-A", "trust", "--no-sync", "--no-instructions"])
        try start()
        Self.stopAtExit(folder)
    }

    /// Starts the server again after `kill`.
    func start() throws {
        let options =
            "-c listen_addresses='' -k \(folder) -c max_connections=200 -c wal_level=minimal -c max_wal_senders=0"
        try run("pg_ctl", ["-D", folder + "/data", "-l", folder + "/log", "-o", options, "-w", "start"])
    }

    /// Ends the server at once, as a crash does.
    func kill() throws {
        try run("pg_ctl", ["-D", folder + "/data", "-m", "immediate", "-w", "stop"])
    }

    /// The server refuses to run as root.
    private static let isRoot = geteuid() == 0

    private static func giveAway(_ path: String) throws {
        guard isRoot else { return }
        try FileManager.default.setAttributes([.ownerAccountName: "postgres"], ofItemAtPath: path)
    }

    /// `Process` waits until nobody holds what it opened for its child: the server, which stays, must not inherit it.
    private static let withoutInheritedFiles =
        #"for f in /proc/$$/fd/*; do f=${f##*/}; ((f < 3)) || eval "exec $f>&-"; done; exec "$@""#

    private func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments =
            ["-c", Self.withoutInheritedFiles, "bash"]
            + (Self.isRoot ? ["/usr/sbin/runuser", "-u", "postgres", "--"] : []) + [Self.programs + program] + arguments
        process.currentDirectoryURL = URL(filePath: "/")
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure.failed(program: program, status: process.terminationStatus)
        }
    }

    /// Leaves nothing behind when the tests' process ends.
    private static func stopAtExit(_ folder: String) {
        exitFolder = strdup(folder)
        atexit {
            guard let folder = PostgreSQLServer.exitFolder else { return }
            let path = String(cString: folder)
            let number = (try? String(contentsOfFile: path + "/data/postmaster.pid", encoding: .utf8))?
                .split(separator: "\n").first.flatMap { pid_t($0) }
            if let number { Foundation.kill(number, SIGQUIT) }
            usleep(200_000)
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    nonisolated(unsafe) private static var exitFolder: UnsafeMutablePointer<CChar>?  // set once, before `atexit`
}
