package import Foundation

/// Something of ours that reads bytes from outside, as a fuzzer and the tests feed it.
///
/// Whatever the bytes are, `run` returns; what must never happen ends the process.
package struct FuzzTarget: Sendable {
    /// Also the folder of its cases under Tests/Fixtures/fuzz.
    package let name: String
    package let run: @Sendable (Data) -> Void

    package static let all = [
        FuzzTarget(name: "http1") { HTTP1Target.run($0) },
        FuzzTarget(name: "http2") { HTTP2Target.run($0) },
        FuzzTarget(name: "rpc") { RPCTarget.run($0) },
        FuzzTarget(name: "protobuf") { WireTarget.readBinary($0) },
        FuzzTarget(name: "json") { WireTarget.readJSON($0) },
        FuzzTarget(name: "safetensors") { SafetensorsTarget.run($0) },
        FuzzTarget(name: "multipart") { DICOMwebTarget.readMultipart($0) },
        FuzzTarget(name: "search") { DICOMwebTarget.readSearch($0) },
    ]

    package static func named(_ name: String) -> FuzzTarget? {
        all.first { $0.name == name }
    }
}

/// Ends the process where a fact does not hold, in every build.
func require(_ isTrue: @autoclosure () -> Bool, _ fact: StaticString) {
    guard isTrue() else { fatalError("broken: \(fact)") }
}
