import Foundation

/// Why an audit log cannot be opened or written.
package enum AuditFileError: Error, Equatable, Sendable {
    /// Another program writes this file.
    case inUse(path: String)
    case system(path: String, call: String, code: Int32)
    /// The last line is no record of ours.
    case foreign(path: String)
}

/// The file of an audit log: lines are added at its end, never changed. Used on one queue.
final class AuditFile {
    private let path: String
    private let maxBytes: Int
    private var descriptor: Int32 = -1
    private var size = 0
    private(set) var chain = AuditChain()
    /// Whether the file's last line was cut off.
    private(set) var wasCut = false

    /// Opens the file and goes on with its chain.
    init(path: String, maxBytes: Int) throws(AuditFileError) {
        self.path = path
        self.maxBytes = maxBytes
        try open()
        try readEnd()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds lines and returns once they are on disk.
    func append(_ records: [(AuditRecord, time: String)]) throws(AuditFileError) {
        if descriptor >= 0, size >= maxBytes { try rotate() }
        if descriptor < 0 { try open() }
        var bytes: [UInt8] = []
        var chain = chain
        for (record, time) in records {
            let line = Array(record.line(number: chain.next, time: time, previous: chain.head).utf8)
            do throws(AuditChainError) { try chain.add(line) } catch { throw failure("digest") }
            bytes += line + [UInt8(ascii: "\n")]
        }
        try write(bytes)
        self.chain = chain
    }

    private func open() throws(AuditFileError) {
        descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw errno == EWOULDBLOCK ? .inUse(path: path) : failure("flock")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("fstat") }
        size = Int(status.st_size)
        if size == 0 { syncFolder() }
    }

    /// Without it a new file might be gone after a power cut.
    private func syncFolder() {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let descriptor = Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Finds the last line. One that was cut off by a crash gets its end, and the next record says so.
    private func readEnd() throws(AuditFileError) {
        guard size > 0 else { return }
        let count = min(size, 2 * AuditChain.maxLineBytes)
        var tail = [UInt8](repeating: 0, count: count)
        guard pread(descriptor, &tail, count, off_t(size - count)) == count else { throw failure("pread") }
        wasCut = tail.last != UInt8(ascii: "\n")
        let lines = tail.split(separator: UInt8(ascii: "\n"))
        guard let last = lines.last else { throw .foreign(path: path) }
        guard let whole = wasCut ? lines.dropLast().last : last else {
            // The very first line was cut off.
            try resume(after: nil, last)
            return
        }
        try resume(after: whole, last)
    }

    private struct Link: Decodable { let number: UInt64 }

    private func resume(after whole: ArraySlice<UInt8>?, _ last: ArraySlice<UInt8>) throws(AuditFileError) {
        if let whole {
            guard let link = try? JSONDecoder().decode(Link.self, from: Data(whole)) else {
                throw .foreign(path: path)
            }
            chain.next = link.number
        } else {
            chain.next = 0
        }
        do throws(AuditChainError) { try chain.add(Array(last)) } catch { throw failure("digest") }
        if wasCut { try write([UInt8(ascii: "\n")]) }
    }

    private func write(_ bytes: [UInt8]) throws(AuditFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                let failure = failure("write")
                // Nothing half-written may stay in front of what comes later.
                ftruncate(descriptor, off_t(size))
                throw failure
            }
            rest = rest.dropFirst(written)
        }
        guard fsync(descriptor) == 0 else { throw failure("fsync") }
        size += bytes.count
    }

    /// Puts the full file aside under the number of its last record; the chain goes on in a new one.
    private func rotate() throws(AuditFileError) {
        let number = String(chain.next - 1)
        let padded = String(repeating: "0", count: max(0, 12 - number.count)) + number
        guard rename(path, "\(path).\(padded)") == 0 else { throw failure("rename") }
        close(descriptor)
        descriptor = -1
    }

    private func failure(_ call: String) -> AuditFileError {
        .system(path: path, call: call, code: errno)
    }
}
