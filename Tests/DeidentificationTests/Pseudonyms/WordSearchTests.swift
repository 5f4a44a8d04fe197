import Deidentification
import Testing

@Suite struct WordSearchTests {
    private func finds(_ word: String, in bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { WordSearch([Array(word.utf8), Array("zzzzzz".utf8)], in: $0).finds(Array(word.utf8)) }
    }

    @Test(arguments: ["geheim", "Geheim", "GEHEIM"])
    func `a word is found whatever its case, in bytes and in UTF-16 of both orders`(text: String) {
        let plain = Array(text.utf8)
        let noise = [UInt8](repeating: 0x67, count: 99)
        #expect(finds("geheim", in: noise + plain + noise))
        #expect(finds("geheim", in: noise + plain.flatMap { [$0, 0] } + noise))
        #expect(finds("geheim", in: noise + plain.flatMap { [0, $0] } + noise))
        #expect(finds("geheim", in: plain))
        #expect(!finds("geheim", in: noise + plain.dropLast() + noise))
        #expect(!finds("geheim", in: Array(plain.dropLast())))
    }

    @Test func `it finds what a plain search finds`() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let bytes = (0..<200).map { _ in UInt8.random(in: 97...99, using: &random) }
            let word = (0..<4).map { _ in UInt8.random(in: 97...99, using: &random) }
            let expected = bytes.indices.contains { Array(bytes[$0...].prefix(4)) == word }
            let found = bytes.withUnsafeBytes { WordSearch([word], in: $0).finds(word) }
            #expect(found == expected, "\(word) in \(bytes)")
        }
    }
}
