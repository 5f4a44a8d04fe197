package import Foundation

/// What became of one instance that was sent.
package enum StoreOutcome: Sendable, Equatable {
    /// The peer has it. A warning's code where it changed something (PS3.4 §B.2.3).
    case stored(warning: UInt16?)
    /// The peer refused it with this status.
    case refused(status: UInt16)
    /// The peer takes no instance of this class in this transfer syntax.
    case notNegotiated
    /// It is no Part 10 file that can be sent.
    case unreadable
    /// The association ended before the peer had answered; it may be sent again.
    case unanswered(DICOMNetworkError)
}

extension DICOMPeer {
    /// Contexts of one association: odd identifiers up to 255 (PS3.8 §9.3.2.2).
    private static let maxContexts = 128
    private static let uncompressed = [UID.explicitVRLittleEndian, UID.implicitVRLittleEndian]

    /// Sends Part 10 files, their data sets as they are, with as few associations as there is need for.
    ///
    /// - Returns: an outcome for each, in their order.
    /// - Throws: where no association could be had at all; then nothing was sent.
    package func store(_ files: [Data]) async throws(DICOMNetworkError) -> [StoreOutcome] {
        var outcomes = [StoreOutcome](repeating: .unreadable, count: files.count)
        var pending: [(index: Int, file: Data, head: Part10File)] = []
        for (index, file) in files.enumerated() {
            guard let head = try? Part10File(file) else { continue }
            pending.append((index, file, head))
        }
        var isFirst = true
        while !pending.isEmpty {
            let kinds = Self.kinds(of: pending.map(\.head))
            let batch = pending.filter { kinds.contains(Kind($0.head)) }
            pending.removeAll { kinds.contains(Kind($0.head)) }
            do throws(DICOMNetworkError) {
                let found = try await store(batch.map { ($0.file, $0.head) }, kinds)
                for (item, outcome) in zip(batch, found) { outcomes[item.index] = outcome }
            } catch {
                if isFirst { throw error }
                for item in batch { outcomes[item.index] = .unanswered(error) }
            }
            isFirst = false
        }
        return outcomes
    }

    private struct Kind: Hashable {
        let sopClassUID: String
        let transferSyntaxUID: String

        init(_ head: Part10File) {
            (sopClassUID, transferSyntaxUID) = (head.sopClassUID, head.transferSyntaxUID)
        }
    }

    /// As many kinds as one association can hold, in the order of the files.
    private static func kinds(of heads: [Part10File]) -> [Kind] {
        var kinds: [Kind] = []
        for kind in heads.map(Kind.init) where !kinds.contains(kind) {
            kinds.append(kind)
            if kinds.count == maxContexts { break }
        }
        return kinds
    }

    /// One association. After an error the rest is `unanswered`.
    private func store(
        _ files: [(file: Data, head: Part10File)], _ kinds: [Kind]
    ) async throws(DICOMNetworkError) -> [StoreOutcome] {
        let contexts = kinds.enumerated().map { index, kind in
            ProposedContext(
                identifier: UInt8(2 * index + 1), abstractSyntax: kind.sopClassUID,
                transferSyntaxes: [kind.transferSyntaxUID])
        }
        return try await withAssociation(contexts) { (exchange) throws(DICOMNetworkError) in
            var outcomes: [StoreOutcome] = []
            for (file, head) in files {
                do throws(DICOMNetworkError) {
                    outcomes.append(try Self.send(file, head, exchange))
                } catch {
                    if outcomes.isEmpty { throw error }
                    return outcomes + [StoreOutcome](repeating: .unanswered(error), count: files.count - outcomes.count)
                }
            }
            return outcomes
        }
    }

    private static func send(
        _ file: Data, _ head: Part10File, _ exchange: PeerExchange
    ) throws(DICOMNetworkError) -> StoreOutcome {
        let context = exchange.accepted {
            $0.abstractSyntax == head.sopClassUID && $0.transferSyntax == head.transferSyntaxUID
        }
        guard let context else { return .notNegotiated }
        var command = CommandSet(.cStoreRequest, hasDataSet: true)
        command.set(.affectedSOPClassUID, head.sopClassUID)
        command.set(.affectedSOPInstanceUID, head.sopInstanceUID)
        command[.priority] = 0  // medium
        let answer = file.withUnsafeBytes { bytes in
            Result { () throws(DICOMNetworkError) in
                let dataSet = UnsafeRawBufferPointer(rebasing: bytes[head.dataSetOffset...])
                return try exchange.ask(command, in: context, dataSet: dataSet)
            }
        }
        let status = try answer.get()
        switch DIMSEStatus(code: status).category {
        case .success: return .stored(warning: nil)
        case .warning: return .stored(warning: status)
        case .failure: return .refused(status: status)
        }
    }
}
