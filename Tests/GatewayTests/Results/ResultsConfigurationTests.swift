import Cryptography
import DICOMNetwork
import Foundation
import Gateway
import Reporting
import Testing

@Suite struct ResultsConfigurationTests {
    @Test func `an empty object holds reports and sends nothing`() throws {
        let read = try ResultsConfiguration(Data("{}".utf8))
        #expect(read.destinations.isEmpty && read.kinds == [.structuredReport, .summary])
    }

    @Test func `a destination is read with what it has`() throws {
        let read = try ResultsConfiguration(
            Data(
                """
                {"uid_root": "1.2.3", "refusals": 2, "give_up_hours": 1, "retry_first_seconds": 600, "destinations": [
                  {"name": "a", "type": "stow", "url": "https://x/studies", "send": ["heatmap"]},
                  {"name": "b", "type": "mllp", "address": "[::1]:2575", "character_set": "8859/1"}]}
                """.utf8))
        #expect(read.root.root == "1.2.3" && read.refusals == 2 && read.giveUpAfter == .seconds(3600))
        #expect(read.kinds == [.structuredReport, .summary, .heatMap])
        #expect(read.longestDelay == .seconds(600))
        guard case .mllp(let target, let endpoint) = read.destinations[1].transport else {
            Issue.record("no MLLP")
            return
        }
        #expect(target.host == "::1" && target.port == 2575 && target.tls == nil && endpoint.characterSet == .latin1)
    }

    @Test func `a DICOM destination is read with what it has`() throws {
        let read = try ResultsConfiguration(
            Data(
                """
                {"hold": [], "destinations": [
                  {"name": "a", "type": "dicom", "address": "PACS@pacs.example.org:11112", "send": ["sr"]},
                  {"name": "b", "type": "dicom", "address": "B@h:1", "calling_title": "US", "tls": true,
                   "commitment": true}]}
                """.utf8))
        guard case .dicom(let first, let kinds) = read.destinations[0].transport,
            case .dicom(let second, _) = read.destinations[1].transport
        else {
            Issue.record("no DICOM")
            return
        }
        #expect(kinds == [.structuredReport] && read.destinations[1].objects == Set(ResultKind.allCases))
        #expect(first.host == "pacs.example.org" && first.port == 11112 && first.calledAETitle == "PACS")
        #expect(first.callingAETitle == "HILUM" && first.tls == nil && !first.commits)
        #expect(second.callingAETitle == "US" && second.tls != nil && second.commits)
    }

    @Test(arguments: [
        ("[]", "it is not a JSON object"), ("{", "it is not a JSON object"), (#"{"hodl": []}"#, "file.hodl is unknown"),
        (#"{"uid_root": "9.9"}"#, "uid_root is not a UID of 24 characters at most"),
        (#"{"hold": ["x"]}"#, "file.hold: a list of sr, heatmap, summary, reformat expected"),
        (#"{"refusals": 0}"#, "file.refusals: 1…1000 expected"),
        (#"{"destinations": [{"name": "a"}]}"#, "destinations[0].type: text expected"),
        (
            #"{"destinations": [{"name": "A", "type": "stow"}]}"#,
            "destinations[0].name: 1 to 32 small letters, digits and dashes expected"
        ),
        (
            #"{"destinations": [{"name": "a", "type": "ftp"}]}"#,
            "destinations[0].type: stow, dicom, fhir, mllp or webhook expected"
        ),
        (
            #"{"destinations": [{"name": "a", "type": "stow", "url": "ftp://x"}]}"#,
            "destinations[0].url: http:// or https://, without user or fragment expected"
        ),
        (
            #"{"destinations": [{"name": "a", "type": "mllp", "address": "x:0"}]}"#,
            "destinations[0].address: host:port expected"
        ),
        (
            #"{"destinations": [{"name": "a", "type": "dicom", "address": "pacs:104"}]}"#,
            "destinations[0].address: TITLE@host:port expected"
        ),
        (
            #"{"destinations": [{"name": "a", "type": "dicom", "address": "PACS@x:104", "calling_title": "A\\B"}]}"#,
            "destinations[0].calling_title: an AE title expected"
        ),
        (
            #"{"destinations": [{"name": "a", "type": "fhir", "url": "http://x", "send": ["sr"]}]}"#,
            "destinations[0].send is unknown"
        ),
        (
            #"{"destinations": [{"name": "a", "type": "webhook", "url": "http://x", "secret_file": "/no/such"}]}"#,
            "destinations[0].secret_file: a file that can be read expected"
        ),
        (
            #"{"destinations": [{"name": "a", "type": "stow", "url": "http://x", "deidentify": {}}]}"#,
            "destinations[0].deidentify.secret_file: a path expected"
        ),
        (
            #"{"destinations": [{"name": "a", "type": "stow", "url": "http://x", "deidentify": {"secret_file": "/dev/null"}}]}"#,
            "destinations[0].deidentify.secret_file: a secret of 32 bytes or more, and region rules where they are named, expected"
        ),
        (
            #"{"destinations": [{"name": "a", "type": "fhir", "url": "http://x"}, {"name": "a", "type": "fhir", "url": "http://y"}]}"#,
            "two destinations share a name"
        ),
    ])
    func `what is wrong is named`(json: String, message: String) {
        let error = #expect(throws: ResultsFileError.self) { try ResultsConfiguration(Data(json.utf8)) }
        #expect(error?.description == message)
    }

    /// RFC 4231, cases 1, 2 and 6 (a key longer than a block).
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func `signatures are those of the RFC`(key: [UInt8], message: String, digits: String) {
        #expect(HMACSHA256.hexadecimal(of: Data(message.utf8), key: Data(key)) == digits)
    }

    @Test(arguments: [
        (200, DeliveryVerdict.taken), (202, .taken), (503, .unreachable("HTTP 503")), (429, .unreachable("HTTP 429")),
        (400, .refused("HTTP 400")), (302, .refused("HTTP 302")),
    ])
    func `a status decides`(status: Int, verdict: DeliveryVerdict) {
        #expect(DeliveryVerdict(status: status) == verdict)
    }

    @Test(arguments: [
        (StoreOutcome.stored(warning: nil), DeliveryVerdict.taken), (.stored(warning: 0xB000), .taken),
        (.refused(status: 0xA700), .unreachable("DIMSE status A700")),
        (.refused(status: 0x0122), .refused("DIMSE status 0122")),
        (.notNegotiated, .refused("it takes no such SOP class")),
        (.unanswered(.connectionLost), .unreachable("the connection was lost")),
    ])
    func `the outcome of a C-STORE decides`(outcome: StoreOutcome, verdict: DeliveryVerdict) {
        #expect(DeliveryVerdict(outcome) == verdict)
    }

    @Test func `a transient rejection is tried for as long as it takes`() {
        #expect(
            DeliveryVerdict(.rejected(.localLimitExceeded)) == .unreachable("association rejected (2, 3, 2)"))
        #expect(
            DeliveryVerdict(.rejected(.calledAETitleNotRecognized)) == .refused("association rejected (1, 1, 7)"))
    }
}
