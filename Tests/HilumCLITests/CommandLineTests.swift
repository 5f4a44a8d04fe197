import Foundation
import HilumCLI
import Testing
import Wire

@Suite struct CommandLineTests {
    @Test func `help names every command and the exit codes`() async {
        let recording = RecordingConsole()
        #expect(await recording.run("help") == .ok)
        for command in [
            "classify", "plan", "submit", "study", "worklist", "health", "echo", "send", "up", "demo", "model",
        ] {
            #expect(recording.output.contains("hilum \(command)"))
        }
        #expect(recording.output.contains("3 the server cannot be reached"))
        #expect(recording.errors.isEmpty)
    }

    @Test func `no command at all is a usage error with the help`() async {
        let recording = RecordingConsole()
        #expect(await CommandLineInterface.run([], recording.console) == .usage)
        #expect(recording.output.contains("hilum classify"))
    }

    @Test(arguments: CommandLineInterface.commands.indices)
    func `every command explains its options`(index: Int) async {
        let command = CommandLineInterface.commands[index]
        let recording = RecordingConsole()
        #expect(await CommandLineInterface.run([command.name, "--help"], recording.console) == .ok)
        for option in command.options { #expect(recording.output.contains("--\(option.name)")) }
    }

    @Test(arguments: [
        ["nosuch"], ["classify"], ["classify", "--nosuch", "a"], ["plan", "a", "--views", "sa,5ch"],
        ["plan", "a", "--views", "sa,"], ["study"], ["study", "1", "2"], ["worklist", "x"],
        ["worklist", "--limit", "0"],
        ["worklist", "--state", "odd"], ["up", "--port", "70000"], ["model"], ["model", "explain"], ["echo"],
        ["echo", "pacs:104"],
        ["echo", "PACS@pacs"], ["echo", "PACS@pacs:0"], ["echo", "PACS@:104"], ["send", "PACS@pacs:104"],
        ["model", "explain", "a", "--tier", "sse9"], ["health", "--timeout", "0"],
    ])
    func `a wrong command line ends with code 2 and one line`(arguments: [String]) async {
        let recording = RecordingConsole()
        #expect(await CommandLineInterface.run(arguments, recording.console) == .usage)
        #expect(recording.errors.hasPrefix("hilum: "))
        #expect(recording.errors.split(separator: "\n").count == 1)
        #expect(recording.output.isEmpty)
    }

    @Test(arguments: ["classify", "submit", "plan"])
    func `a file that is not there ends with code 4 and names itself`(command: String) async {
        let recording = RecordingConsole()
        #expect(await recording.run(command, "/nonexistent/a.dcm", "--server", "127.0.0.1:1") == .file)
        #expect(recording.errors == "hilum: /nonexistent/a.dcm: there is no such file or folder\n")
    }

    @Test func `a server that is not there ends with code 3 and names its address`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "a.dcm")
            try Data("x".utf8).write(to: file)
            let path = file.path
            for arguments in [["health"], ["worklist"], ["study", "1.2"], ["submit", path], ["plan", path]] {
                let recording = RecordingConsole()
                let all = arguments + ["--server", "http://127.0.0.1:1"]
                #expect(await CommandLineInterface.run(all, recording.console) == .unreachable)
                #expect(recording.errors.contains("http://127.0.0.1:1 cannot be reached"))
                #expect(recording.errors.split(separator: "\n").count == 1)
            }
        }
    }

    @Test func `views are read from their short names`() throws {
        func views(_ arguments: [String]) throws -> [View] {
            try PlanCommand(Arguments(arguments + ["a"], options: PlanCommand.options)).views
        }
        #expect(try views([]) == [.shortAxis, .fourChamber, .twoChamber])
        #expect(try views(["--views", "2CH,sa,3ch"]) == [.twoChamber, .shortAxis, .threeChamber])
    }

    @Test func `folders stand for the files below them, hidden ones left out`() async throws {
        try await withTemporaryFolder { folder in
            let inner = folder.appending(path: "b")
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
            for name in ["c.dcm", "a.dcm", "b/d.dcm", ".hidden"] { try Data().write(to: folder.appending(path: name)) }
            let found = try InputFiles.find([folder.path]).map { $0.dropFirst(folder.path.count) }
            #expect(found == ["/a.dcm", "/b/d.dcm", "/c.dcm"])
        }
    }
}
