import Foundation
import HilumCLI
import Testing

struct NumPyFileTests {
    @Test func valuesFollowAHeaderThatEndsAtAMultipleOf64Bytes() throws {
        let file = NumPyFile.encode([1, -2, 0.5], shape: [1, 3])
        #expect(file.prefix(8) == Data([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0]))
        let length = Int(file[8]) | Int(file[9]) << 8
        #expect((10 + length) % 64 == 0)
        let header = String(decoding: file[10..<10 + length], as: UTF8.self)
        #expect(header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3,), }"))
        #expect(header.hasSuffix("\n"))
        #expect(Array(file.dropFirst(10 + length)) == [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F])
    }
}
