import DICOMNetwork
import Foundation

/// `hilum send TITLE@HOST:PORT FILE…|FOLDER…`
package struct SendCommand: Command {
    package static let name = "send"
    package static let operands = "\(PeerArguments.operand) FOLDER|FILE…"
    package static let summary = "Sends DICOM files to a DICOM application (C-STORE), as they are."
    package static let options =
        PeerArguments.options + [
            Option("commit", help: "Asks the peer to keep them for good (storage commitment), and prints its report.")
        ]

    /// Most bytes of files in memory, but for one larger file.
    private static let bytesLimit = 64 << 20

    private let arguments: PeerArguments
    private let paths: [String]
    private let commits: Bool

    package init(_ arguments: Arguments) throws(UsageError) {
        self.arguments = try PeerArguments(arguments)
        paths = Array(arguments.operands.dropFirst())
        if paths.isEmpty { throw UsageError("FOLDER or FILE is missing") }
        commits = arguments.has("commit")
    }

    package func run(_ console: Console) async throws(Failure) {
        let peer = try arguments.peer()
        var stored: [SOPReference] = []
        var failed = 0
        for batch in try batches(try InputFiles.find(paths)) {
            var files: [Data] = []
            for path in batch { files.append(try InputFiles.read(path)) }
            let outcomes = try await send(files, to: peer)
            for (path, (file, outcome)) in zip(batch, zip(files, outcomes)) {
                if case .stored = outcome, let head = try? Part10File(file) {
                    stored.append(head.reference)
                } else {
                    failed += 1
                    console.complain("\(path): \(outcome.text)")
                }
            }
        }
        console.print("\(arguments.address): \(stored.count) stored, \(failed) not")
        if commits, !stored.isEmpty { failed += try await commit(stored, peer, console) }
        if failed > 0 { throw Failure(.refused) }
    }

    private func batches(_ files: [String]) throws(Failure) -> [[String]] {
        var batches: [[String]] = []
        var room = 0
        for file in files {
            let size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
            if batches.isEmpty || size > room {
                batches.append([])
                room = Self.bytesLimit
            }
            batches[batches.count - 1].append(file)
            room -= size
        }
        return batches
    }

    private func send(_ files: [Data], to peer: DICOMPeer) async throws(Failure) -> [StoreOutcome] {
        do throws(DICOMNetworkError) {
            return try await peer.store(files)
        } catch {
            throw Failure(talkingTo: arguments.address, error)
        }
    }

    /// - Returns: how many instances the peer does not keep.
    private func commit(
        _ references: [SOPReference], _ peer: DICOMPeer, _ console: Console
    ) async throws(Failure) -> Int {
        do throws(DICOMNetworkError) {
            let transaction = "2.25.\(UInt128.random(in: 1 << 64...(.max)))"
            let report = try await peer.requestCommitment(
                of: references, transactionUID: transaction, wait: .seconds(10))
            guard let report else {
                console.print("\(arguments.address): will report by an association of its own")
                return 0
            }
            console.print("\(arguments.address): \(report.committed.count) committed, \(report.failed.count) not")
            return report.failed.count
        } catch {
            throw Failure(talkingTo: arguments.address, error)
        }
    }
}

extension StoreOutcome {
    fileprivate var text: String {
        switch self {
        case .stored: "stored"
        case .refused(let status): "refused with status \(Failure.hexadecimal(status))"
        case .notNegotiated: "the peer takes no such SOP class in this transfer syntax"
        case .unreadable: "is no DICOM file with file meta information"
        case .unanswered: "the association ended before it was answered"
        }
    }
}
