import HTTP
import Imaging
import OpenInference
import RPC
import ServiceKit
import Testing
import Wire

/// One value of each kind; the switches in ServiceKit make sure that no case is without a status.
private let samples: [any RPCStatusConvertible & Sendable] = [
    WireError.malformed(message: "hilum.v1.ClassifyRequest"), WireError.invalidUTF8(field: "media_type"),
    WireError.tooLarge(message: "hilum.v1.ClassifyRequest", limit: 10),
    WireError.invalidJSON(offset: 3, reason: "a comma is missing"),
    WireError.unexpectedJSON(field: "image", expected: "base64", offset: 9), WireError.tooDeep(limit: 100),
    HTTPError.bodyTooLarge(limit: 10), HTTPError.bodyTruncated, HTTPError.timedOut(phase: .body),
    AdmissionError.queueFull(limit: 64, retryAfter: .milliseconds(1200)), AdmissionError.deadlinePassed,
    ImagingError.unrecognisedFormat, ImagingError.malformedDICOM(.structure, atByte: 512),
    ImagingError.unsupportedTransferSyntax(uid: "1.2.840.10008.1.2.4.100"),
    ImagingError.missingAttribute(keyword: "Rows"),
    ImagingError.limitExceeded(what: "Rows", found: 20_000, limit: 16_384),
    ImagingError.truncatedCodestream(codec: .jpegLS, frame: 0), ImagingError.outOfMemory,
    VolumeError.noInstances, VolumeError.tooFewSlices(found: 3, required: 6),
    VolumeError.unevenSpacing(expected: 8, found: 9.0004, afterSlice: 4),
    InferenceError.unknownModel(known: ["a/1"]), InferenceError.modelNotReady(reason: "no weights"),
    InferenceError.shapeMismatch(tensor: "in", expected: [-1, 2], found: [3]),
    InferenceError.unsupportedParameter(name: "sequence_id"), InferenceError.wrongBinarySize(expected: 8, found: 7),
    NIfTIError.notNIfTI, NIfTIError.truncated(needed: 352, found: 10),
]

@Suite struct ErrorMappingTests {
    @Test(arguments: samples)
    func `an error that a caller can act on has a code, a reason, a sentence and a remedy`(
        error: any RPCStatusConvertible & Sendable
    ) throws {
        let status = RPCStatus(mapping: error)
        #expect(status.code != .ok && status.code != .unknown && status.code != .internal)
        #expect(!status.message.isEmpty)
        #expect(status.details.count == 1)
        let info = try #require(status.errorInfo)
        #expect(info.reason.wholeMatch(of: /[A-Z][A-Z0-9_]*/) != nil)
        #expect(!info.remedy.isEmpty)
    }

    @Test func `a detail carries field, what was found and the limit`() throws {
        let few = try #require(VolumeError.tooFewSlices(found: 3, required: 6).rpcStatus.errorInfo)
        #expect(few.field == "instances")
        #expect(few.found == "3 slices")
        #expect(few.limit == "6 slices")
        let uneven = VolumeError.unevenSpacing(expected: 8, found: 9.0004, afterSlice: 4).rpcStatus
        #expect(uneven.code == .failedPrecondition)
        #expect(uneven.errorInfo?.field == "ImagePositionPatient")
        #expect(uneven.errorInfo?.found == "9.0 mm")
    }

    @Test func `a full queue says when to come again`() {
        let status = AdmissionError.queueFull(limit: 64, retryAfter: .milliseconds(1200)).rpcStatus
        #expect(status.code == .resourceExhausted)
        #expect(status.errorInfo?.remedy == "Try again in 2 s.")
        #expect(AdmissionError.wholeSeconds(.milliseconds(1)) == 1)
    }

    @Test func `an error without a mapping tells the caller nothing`() {
        struct Secret: Error { let name = "Doe^Jane" }
        let status = RPCStatus(mapping: Secret())
        #expect(status == RPCStatus(.unknown))
    }
}
