import Gateway
import RPC
import ServiceKit
import Testing
import Wire

@Suite struct DiskSpaceTests {
    private let free = FreeBytes()
    private let start = ContinuousClock.now

    @Test func `below the low watermark nothing is taken until there is room above the high one`() throws {
        let space = DiskSpace(lowWatermark: 1000, highWatermark: 2000) { [free] in free.bytes }
        var now = start
        func admits(_ bytes: Int, free count: Int) -> Bool {
            free.bytes = count
            now += .seconds(1)
            return (try? space.admit(bytes, now: now)) != nil
        }
        #expect(admits(100, free: 1100))
        #expect(!admits(101, free: 1100))
        #expect(!admits(1, free: 1999), "refusing goes on up to the high watermark")
        #expect(admits(1, free: 2001))
        #expect(admits(1, free: 1500), "and is over then")
    }

    @Test func `what was taken since the last reading counts`() throws {
        let space = DiskSpace(lowWatermark: 1000, highWatermark: 1000) { 2000 }
        try space.admit(900, now: start)
        #expect(throws: StorageError.belowWatermark(1000)) { try space.admit(200, now: start) }
        try space.admit(200, now: start + .seconds(1))
    }

    @Test func `a nearly full disk refuses a call as a whole, with the right code, and takes it later`() async throws {
        let fixture = try GatewayFixture()
        fixture.free.bytes = 900
        do {
            try await fixture.submit(SampleInstance.radiograph("1.1"))
            Issue.record("no error")
        } catch {
            let status = RPCStatus(mapping: error)
            #expect(status.code == .resourceExhausted)
            #expect(status.errorInfo?.reason == "STORAGE_LOW")
            #expect((error as? StorageError)?.isOutOfSpace == true)
        }
        #expect(fixture.directory.files(in: "blobs").isEmpty)
        fixture.free.bytes = 1 << 30
        try await eventually { (try? await fixture.submit(SampleInstance.radiograph("1.1"))) != nil }
    }
}
