import Foundation
import Glibc

/// A file mapped read-only; unmapped with its last reference.
///
/// The bytes belong to the file: whoever truncates it while it is mapped makes reads fail, so bundles are replaced by
/// renaming a new folder into place, never written over.
final class MappedFile: @unchecked Sendable {  // immutable after init
    let bytes: UnsafeRawBufferPointer

    /// - Throws: `NeuralNetworkError.fileUnreadable` with the system's error code.
    init(path: String) throws(NeuralNetworkError) {
        let name = (path as NSString).lastPathComponent
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .fileUnreadable(file: name, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .fileUnreadable(file: name, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .fileUnreadable(file: name, code: EINVAL) }
        let count = Int(status.st_size)
        guard count > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw .fileUnreadable(file: name, code: errno)
        }
        bytes = UnsafeRawBufferPointer(start: address, count: count)
    }

    deinit {
        if let address = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), bytes.count) }
    }
}
