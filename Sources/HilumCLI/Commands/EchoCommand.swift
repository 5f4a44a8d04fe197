import DICOMNetwork

/// `hilum echo TITLE@HOST:PORT`
package struct EchoCommand: Command {
    package static let name = "echo"
    package static let operands = PeerArguments.operand
    package static let summary = "Asks a DICOM application whether it is there (C-ECHO)."
    package static let options = PeerArguments.options

    private let arguments: PeerArguments

    package init(_ arguments: Arguments) throws(UsageError) {
        self.arguments = try PeerArguments(arguments)
        if arguments.operands.count > 1 { throw UsageError("unexpected argument \(arguments.operands[1])") }
    }

    package func run(_ console: Console) async throws(Failure) {
        let peer = try arguments.peer()
        do throws(DICOMNetworkError) {
            try await peer.echo()
        } catch {
            throw Failure(talkingTo: arguments.address, error)
        }
        console.print("\(arguments.address): answers")
    }
}
