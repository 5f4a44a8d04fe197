import RPC
import Testing

/// `traceparent` and `tracestate` (https://www.w3.org/TR/trace-context/).
@Suite struct TraceContextTests {
    private let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func `the example of the standard is read and written`() throws {
        let context = try #require(TraceContext(parent: parent, state: "congo=t61rcWkgMzE"))
        #expect(context.traceID.hexadecimal == "0af7651916cd43dd8448eb211c80319c")
        #expect(context.spanID.hexadecimal == "b7ad6b7169203331")
        #expect(context.isSampled)
        #expect(context.parent == parent && context.state == "congo=t61rcWkgMzE")
    }

    @Test func `a child stays in the trace under a name of its own`() throws {
        let context = try #require(TraceContext(parent: parent, state: "a=b"))
        let child = context.child()
        #expect(child.traceID == context.traceID && child.isSampled && child.state == "a=b")
        #expect(child.spanID != context.spanID && child.spanID != 0)
    }

    @Test func `flags other than sampled are ignored`() throws {
        #expect(try #require(TraceContext(parent: parent.dropLast(2) + "fe")).isSampled == false)
        #expect(try #require(TraceContext(parent: parent.dropLast(2) + "03")).isSampled)
    }

    @Test func `a later version may have more fields, ours may not`() {
        #expect(TraceContext(parent: "cc" + parent.dropFirst(2) + "-what-comes-later") != nil)
        #expect(TraceContext(parent: parent + "-more") == nil)
    }

    @Test(arguments: [
        "", "00", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c0-b7ad6b7169203331-01",
        "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333é-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1", "00-0af7651916cd43dd-b7ad6b7169203331-01",
        "0af7651916cd43dd8448eb211c80319c",
    ])
    func `what is no traceparent begins no trace of its caller's`(text: String) {
        #expect(TraceContext(parent: text) == nil)
    }

    @Test func `a trace state beyond 512 bytes is dropped`() throws {
        let long = String(repeating: "a", count: 513)
        #expect(try #require(TraceContext(parent: parent, state: long)).state.isEmpty)
    }
}
