import Gateway
import RPC
import ServiceKit
import Testing

@Suite struct CallVerdictTests {
    @Test(arguments: [RPCStatus.Code.invalidArgument, .failedPrecondition, .outOfRange])
    func `what the service says of the image is final`(code: RPCStatus.Code) {
        #expect(CallVerdict(RPCStatus(code, "too dark")) == .refused)
    }

    @Test(arguments: [
        RPCStatus.Code.unavailable, .deadlineExceeded, .resourceExhausted, .cancelled, .aborted, .unauthenticated,
        .permissionDenied, .notFound,
    ])
    func `trouble of the service never counts against the image`(code: RPCStatus.Code) {
        #expect(CallVerdict(RPCStatus(code, "down")) == .serviceTrouble)
    }

    @Test(arguments: [RPCStatus.Code.internal, .unknown, .dataLoss])
    func `a failure on the image counts`(code: RPCStatus.Code) {
        #expect(CallVerdict(RPCStatus(code)) == .workTrouble)
    }

    @Test func `an unknown method is trouble of the service, an unsupported image is not`() {
        #expect(CallVerdict(RPCStatus(.unimplemented, "no such method")) == .serviceTrouble)
        let unsupported = RPCStatus(.unimplemented, reason: "UNSUPPORTED_TRANSFER_SYNTAX", "cannot decode")
        #expect(CallVerdict(unsupported) == .refused)
    }

    @Test func `a full queue has room again, a message that is too large stays so`() {
        #expect(CallVerdict(RPCStatus(.resourceExhausted, reason: "QUEUE_FULL", "full")) == .serviceTrouble)
        #expect(CallVerdict(RPCStatus(.resourceExhausted, reason: "MESSAGE_TOO_LARGE", "large")) == .refused)
    }

    @Test func `the reason names route, cause and text`() {
        let typed = RPCStatus(.failedPrecondition, reason: "TOO_FEW_SLICES", "3 slices, at least 6")
        #expect(typed.reason(from: .planning) == "planning: TOO_FEW_SLICES: 3 slices, at least 6")
        #expect(RPCStatus(.unavailable).reason(from: .classifier) == "classifier: UNAVAILABLE")
    }
}
