import DICOMNetwork
import Testing

@Suite struct AcceptancePolicyTests {
    private static let mr = "1.2.840.10008.5.1.4.1.1.4"

    private func request(
        called: String = "HILUM", calling: String = "CT1", application: String = UID.applicationContext
    ) -> AssociationRequest {
        AssociationRequest(
            calledAETitle: called, callingAETitle: calling, applicationContext: application, contexts: [])
    }

    private func context(
        _ abstractSyntax: String, _ syntaxes: String..., role: ContextRole = .uses
    ) -> ProposedContext {
        ProposedContext(identifier: 1, abstractSyntax: abstractSyntax, transferSyntaxes: syntaxes, role: role)
    }

    @Test func `each check has its code and names what is configured`() throws {
        var policy = AcceptancePolicy()
        #expect(policy.refusal(of: request()) == nil)
        #expect(policy.refusal(of: request(called: "PACS")) == .calledAETitle(configured: "HILUM"))
        #expect(policy.refusal(of: request(application: "1.2.3")) == .applicationContext)
        policy.checksCalledAETitle = false
        #expect(policy.refusal(of: request(called: "PACS")) == nil)
        policy.callingAETitles = ["CT2", "MR"]
        let calling = policy.refusal(of: request())
        #expect(calling == .callingAETitle(configured: ["CT2", "MR"]))
        #expect(calling?.configured == "CT2,MR")
        #expect(calling?.rejection == Rejection(result: 1, source: 1, reason: 3))
        #expect(policy.refusal(of: request(calling: "MR")) == nil)
        policy.callingHosts = [try #require(AddressBlock("10.0.0.0/8"))]
        #expect(policy.refusal(of: PeerAddress("192.0.2.1")) == .host(configured: ["10.0.0.0/8"]))
        #expect(policy.refusal(of: PeerAddress("10.1.2.3")) == nil)
    }

    @Test func `storage is accepted, known and unknown, and nothing else`() {
        var policy = AcceptancePolicy()
        for sopClass in [Self.mr, UID.verification, "1.2.840.10008.5.1.4.1.1.88.33", "1.3.12.2.1107.5.9.1"] {
            let decision = policy.decide([context(sopClass, UID.implicitVRLittleEndian)])
            let accepted = AcceptedContext(
                identifier: 1, abstractSyntax: sopClass, transferSyntax: UID.implicitVRLittleEndian)
            #expect(decision == [.accepted(accepted, role: .uses)])
        }
        for sopClass in ["1.2.840.10008.5.1.4.31", "1.2.840.10008.5.1.4.1.2.2.2", "", "x"] {
            #expect(
                policy.decide([context(sopClass, UID.implicitVRLittleEndian)]) == [.abstractSyntaxNotSupported(1)])
        }
        policy.acceptsUnknownSOPClasses = false
        #expect(
            policy.decide([context("1.3.12.2.1107.5.9.1", UID.implicitVRLittleEndian)])
                == [.abstractSyntaxNotSupported(1)])
    }

    @Test func `the requestor's order counts after what is preferred`() {
        var policy = AcceptancePolicy()
        func chosen(_ syntaxes: String...) -> String? {
            let context = ProposedContext(identifier: 1, abstractSyntax: Self.mr, transferSyntaxes: syntaxes)
            if case .accepted(let accepted, _) = policy.decide([context]).first { return accepted.transferSyntax }
            return nil
        }
        #expect(chosen("1.9.9", UID.explicitVRLittleEndian) == "1.9.9")
        policy.preferredTransferSyntaxes = [UID.explicitVRLittleEndian, UID.implicitVRLittleEndian]
        #expect(chosen("1.9.9", UID.explicitVRLittleEndian) == UID.explicitVRLittleEndian)
        #expect(chosen(UID.implicitVRLittleEndian, UID.explicitVRLittleEndian) == UID.implicitVRLittleEndian)
        #expect(chosen("1.9.9") == "1.9.9")
        #expect(chosen("not a uid") == nil)
        #expect(chosen() == nil)
    }

    @Test func `reports of storage commitment come in Implicit VR, from a provider`() {
        let policy = AcceptancePolicy()
        let proposed = context(
            UID.storageCommitmentPushModel, UID.explicitVRLittleEndian, UID.implicitVRLittleEndian, role: .provides)
        let accepted = AcceptedContext(
            identifier: 1, abstractSyntax: UID.storageCommitmentPushModel, transferSyntax: UID.implicitVRLittleEndian)
        #expect(policy.decide([proposed]) == [.accepted(accepted, role: .provides)])
    }
}
