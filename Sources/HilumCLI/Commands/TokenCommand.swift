import Foundation
import HTTP
import ServiceKit

/// `hilum token`
package struct TokenCommand: Command {
    package static let name = "token"
    package static let operands = "NAME ROLE[,ROLE]"
    package static let summary = "Makes a token for a caller: sender, console, reader or operator."
    package static let options = [
        Option(
            "file", "FILE", help: "Adds the token's hash to this file (access-tokens); default: prints the line too.")
    ]

    private let caller: Caller
    private let file: String?

    package init(_ arguments: Arguments) throws(UsageError) {
        guard arguments.operands.count == 2 else { throw UsageError("a name and its roles are expected") }
        let name = arguments.operands[0]
        guard Caller.checked(name: name) != nil, !name.contains(where: \.isWhitespace), !name.hasPrefix("#") else {
            throw UsageError("\(name): a name is one word of at most 256 bytes")
        }
        guard let roles = Caller.Role.list(arguments.operands[1]) else {
            throw UsageError("\(arguments.operands[1]): sender, console, reader or operator expected")
        }
        caller = Caller(name: name, roles: roles)
        file = arguments.value("file")
    }

    package func run(_ console: Console) async throws(Failure) {
        guard let (token, line) = StaticTokens.make(for: caller) else {
            throw Failure(.refused, "the system gives no random bytes")
        }
        guard let file else {
            console.print(token)
            console.note("Add this line to the file named by access-tokens, then send the server SIGHUP:")
            return console.note(line)
        }
        try Self.append(line + "\n", to: file)
        console.print(token)
        console.note("Its hash is in \(file). Send the server SIGHUP.")
    }

    private static func append(_ text: String, to path: String) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(.file, "\(path): cannot be written") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.synchronize()
        } catch {
            throw Failure(.file, "\(path): cannot be written")
        }
    }
}
