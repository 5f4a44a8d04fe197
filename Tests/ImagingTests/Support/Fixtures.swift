import Foundation

/// The image fixtures of Tests/Fixtures/imaging and what reference decoders found in them.
struct Fixture: Sendable, CustomStringConvertible {
    struct Expected: Decodable, Sendable {
        let rows: Int
        let columns: Int
        let frames: Int
        let min: Double
        let max: Double
        let mean: Double
        /// The uncompressed fixture with the same pixels.
        let same_as: String?
    }

    let name: String
    let expected: Expected

    var description: String { name }

    func bytes() throws -> Data { try Self.bytes(name) }

    static let all: [Fixture] = {
        let expected = try? JSONDecoder().decode([String: Expected].self, from: bytes("expected.json"))
        return (expected ?? [:]).map { Fixture(name: $0.key, expected: $0.value) }.sorted { $0.name < $1.name }
    }()

    static func bytes(_ name: String) throws -> Data {
        let folder = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Fixtures/imaging")
            .standardizedFileURL
        return try Data(contentsOf: folder.appendingPathComponent(name))
    }
}
