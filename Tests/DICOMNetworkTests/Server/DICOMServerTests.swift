import DICOMNetwork
import Dispatch
import Foundation
import Synchronization
import Testing

/// Our client against our server, on loopback.
@Suite struct DICOMServerTests {
    private final class Receiver: InstanceReceiver {
        let files = Mutex<[String: Data]>([:])
        let status: DIMSEStatus

        init(status: DIMSEStatus = .success) {
            self.status = status
        }

        func store(_ instance: ReceivedInstance) -> DIMSEStatus {
            files.withLock { $0[instance.sopInstanceUID] = instance.bytes.data }
            return status
        }

        func makeSpool() -> any InstanceSpool { MemorySpool() }

        func receive(_ report: CommitmentReport, from peer: AssociationPeer) async -> DIMSEStatus { .success }
    }

    private func file(_ instance: String, dataSet: Data, sopClass: String = "1.2.840.10008.5.1.4.1.1.4") -> Data {
        Data(
            FileMeta.bytes(
                sopClassUID: sopClass, sopInstanceUID: instance, transferSyntaxUID: UID.explicitVRLittleEndian))
            + dataSet
    }

    private func start(
        _ receiver: Receiver, _ change: (inout DICOMServer.Options) -> Void = { _ in }
    ) throws -> (DICOMServer, DICOMPeer) {
        var options = DICOMServer.Options()
        options.port = 0
        change(&options)
        let server = DICOMServer(options, receiver: receiver)
        let port = try server.start()
        return (
            server, DICOMPeer(host: "127.0.0.1", port: port, calledAETitle: "HILUM", callingAETitle: "TEST")
        )
    }

    @Test func `an echo comes back`() async throws {
        let (server, peer) = try start(Receiver())
        try await peer.echo()
        await server.drain(within: .seconds(5))
        await #expect(throws: DICOMNetworkError.unreachable) { try await peer.echo() }
    }

    @Test func `files arrive as they were sent, whatever their size and number of classes`() async throws {
        let receiver = Receiver()
        let (server, peer) = try start(receiver)
        var files: [Data] = []
        for index in 0..<140 {  // more classes than one association has contexts
            let bytes = Data((0..<(index * 997)).map { UInt8(truncatingIfNeeded: $0 &* index) })
            files.append(file("1.2.\(index)", dataSet: bytes, sopClass: "1.2.3.4.\(index)"))
        }
        let outcomes = try await peer.store(files)
        #expect(outcomes.allSatisfy { $0 == .stored(warning: nil) })
        for (index, sent) in files.enumerated() {
            #expect(receiver.files.withLock { $0["1.2.\(index)"] } == sent)
        }
        await server.drain(within: .seconds(5))
    }

    @Test func `a refusal is one file's, and what is no file is not sent`() async throws {
        let (server, peer) = try start(Receiver(status: .outOfResources("full")))
        let outcomes = try await peer.store([file("1.2", dataSet: Data([1, 2])), Data([1, 2, 3])])
        #expect(outcomes == [.refused(status: 0xA700), .unreadable])
        await server.drain(within: .seconds(5))
    }

    @Test func `a rejection has its code`() async throws {
        let (server, peer) = try start(Receiver()) { $0.policy.aeTitle = "OTHER" }
        await #expect(throws: DICOMNetworkError.rejected(.calledAETitleNotRecognized)) { try await peer.echo() }
        await server.drain(within: .seconds(5))
    }

    @Test func `an answer that does not come is given up in time`() async throws {
        let slow = SlowReceiver()
        var options = DICOMServer.Options()
        options.port = 0
        let server = DICOMServer(options, receiver: slow)
        var peer = DICOMPeer(
            host: "127.0.0.1", port: try server.start(), calledAETitle: "HILUM", callingAETitle: "TEST")
        peer.limits.response = .milliseconds(300)
        await #expect(throws: DICOMNetworkError.timedOut(.response)) {
            try await peer.store([file("1.2", dataSet: Data([1, 2]))])
        }
        slow.finish()
        await server.drain(within: .seconds(5))
    }

    private final class SlowReceiver: InstanceReceiver {
        private let gate = DispatchSemaphore(value: 0)

        func finish() { gate.signal() }

        func store(_ instance: ReceivedInstance) -> DIMSEStatus {
            gate.wait()
            return .success
        }

        func makeSpool() -> any InstanceSpool { MemorySpool() }

        func receive(_ report: CommitmentReport, from peer: AssociationPeer) async -> DIMSEStatus { .success }
    }
}
