import Foundation
import FuzzTargets
import Testing

/// The fuzzer's seeds and every case it ever found, in Tests/Fixtures/fuzz: one folder a target.
@Suite struct CasesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/fuzz")

    @Test(arguments: FuzzTarget.all.map(\.name))
    func `what the fuzzer began with and what it found is survived`(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let cases = try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: name), includingPropertiesForKeys: nil)
        try #require(!cases.isEmpty)
        for file in cases { target.run(try Data(contentsOf: file)) }
    }
}
