import Foundation
import ServiceKit

/// How a file begins that may lack what PS3.10 §7.1 wants at its beginning: senders leave it out, and files are kept as
/// they came.
enum FileBeginning: Equatable {
    case whole
    /// File meta information without the preamble in front of it.
    case noPreamble
    /// The data set and nothing else.
    case noMeta

    /// How much has to be seen to tell.
    static let byteCount = 132
    /// What stands in front of the file meta information.
    static let preamble = Data(count: 128) + Data("DICM".utf8)

    /// - Parameter bytes: the first ones of the file.
    init(_ bytes: Data) {
        if bytes.count >= Self.byteCount, bytes.dropFirst(128).starts(with: Data("DICM".utf8)) {
            self = .whole
        } else {
            // The meta information is in explicit VR little endian: the group comes first.
            self = bytes.starts(with: [0x02, 0x00]) ? .noPreamble : .noMeta
        }
    }
}

extension BlobReader {
    func beginning() async throws -> FileBeginning {
        FileBeginning(try await offload { _ in try self.read(from: 0, count: FileBeginning.byteCount) })
    }
}
