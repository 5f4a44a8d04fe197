import ClassifierService
import RPC
import ServiceKit
import Testing
import Wire

@Suite struct ClassificationErrorTests {
    @Test(arguments: ["CR", "DX", "DR", "RG", "OT", "", nil])
    func `a projection radiograph or an image without a word of its kind is taken`(modality: String?) throws {
        try RadiographModality.check(modality)
    }

    @Test(arguments: ["CT", "MR", "US", "NM", "MG", "PT", "XA", "RTPLAN"])
    func `another modality is refused with what was found and what is taken`(modality: String) throws {
        let error = try #require(throws: ClassificationError.self) { try RadiographModality.check(modality) }
        let status = error.rpcStatus
        #expect(status.code == .failedPrecondition)
        #expect(status.errorInfo?.field == "Modality")
        #expect(status.errorInfo?.found == modality)
        #expect(status.errorInfo?.limit == "CR, DX, DR, RG, OT")
    }

    @Test(arguments: ["Doe^Jane", "CT\\MR\\OT AND MORE THAN SIXTEEN", "lower"])
    func `text that is no code string is not repeated`(modality: String) throws {
        let error = try #require(throws: ClassificationError.self) { try RadiographModality.check(modality) }
        #expect(error == .wrongModality(found: "not a code"))
    }

    @Test(arguments: [
        (ClassificationError.emptyImage, RPCStatus.Code.invalidArgument, "image"),
        (.unknownMediaType, .invalidArgument, "media_type"),
        (.severalFrames(found: 3), .failedPrecondition, "NumberOfFrames"),
        (.unknownModel(known: ["a"]), .notFound, "model"), (.noModelReady, .unavailable, "model"),
    ])
    func `each refusal has its code and its field`(error: ClassificationError, code: RPCStatus.Code, field: String) {
        #expect(error.rpcStatus.code == code)
        #expect(error.rpcStatus.errorInfo?.field == field)
        #expect(error.rpcStatus.errorInfo?.remedy.isEmpty == false)
    }
}
