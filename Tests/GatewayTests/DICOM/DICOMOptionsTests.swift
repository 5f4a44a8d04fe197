import DICOMNetwork
import Gateway
import ServiceKit
import Testing

@Suite struct DICOMOptionsTests {
    private func load(_ arguments: [String]) throws -> DICOMOptions? {
        let outcome = try ConfigurationLoader.load(
            GatewayConfiguration.self, arguments: arguments, environment: [:])
        guard case .run(let configuration, _) = outcome else { return nil }
        return configuration.dicom
    }

    @Test func `titles, hosts and limits can be set by flags`() throws {
        let dicom = try #require(
            try load([
                "--dicom-ae-title", "X RAY", "--dicom-check-called", "false", "--dicom-calling-titles", "CT1, MR 2",
                "--dicom-calling-hosts", "10.0.0.0/8,192.0.2.7,2001:db8::/32", "--dicom-unknown-classes", "false",
                "--dicom-port", "104", "--dicom-max-associations", "8", "--dicom-max-associations-per-peer", "4",
                "--dicom-max-pdu-bytes", "16KiB", "--dicom-idle-seconds", "2.5",
            ]))
        #expect(dicom.port == 104)
        #expect(dicom.policy.aeTitle == "X RAY")
        #expect(!dicom.policy.checksCalledAETitle && !dicom.policy.acceptsUnknownSOPClasses)
        #expect(dicom.policy.callingAETitles == ["CT1", "MR 2"])
        #expect(dicom.policy.callingHosts.map(\.description) == ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"])
        #expect(dicom.limits.maxAssociations == 8 && dicom.limits.maxAssociationsPerPeer == 4)
        #expect(dicom.limits.maxPDUBytes == 16384)
        #expect(dicom.limits.idle == .milliseconds(2500))
    }

    @Test(arguments: [
        ("ae-title", ""), ("ae-title", "SEVENTEENLETTERS1"), ("ae-title", "A\\B"), ("ae-title", " A"),
        ("calling-titles", "A,SEVENTEENLETTERS1"), ("calling-hosts", "pacs.example.org"),
        ("calling-hosts", "10.0.0.0/33"), ("port", "65536"), ("max-pdu-bytes", "4095"), ("max-pdu-bytes", "1MiB"),
        ("negotiation-seconds", "0"),
    ])
    func `a wrong value names itself`(key: String, value: String) {
        #expect {
            _ = try load(["--dicom-\(key)", value])
        } throws: { error in
            guard case ConfigurationError.wrongValue(let named, value, _, _) = error else { return false }
            return named == "dicom-\(key)"
        }
    }

    @Test(arguments: [
        ["--dicom-tls"], ["--dicom-max-associations", "2", "--dicom-max-associations-per-peer", "3"],
    ])
    func `what cannot work is refused at the start`(arguments: [String]) {
        #expect {
            _ = try load(arguments)
        } throws: { error in
            if case ConfigurationError.contradiction = error { true } else { false }
        }
    }
}
