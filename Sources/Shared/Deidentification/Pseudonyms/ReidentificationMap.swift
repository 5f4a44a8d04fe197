import Foundation

/// The way back: which pseudonym stands for whom. Kept inside, readable by its owner alone, one line of JSON an entry.
package struct ReidentificationMap: Sendable {
    /// One pseudonym.
    package struct Entry: Codable, Hashable, Sendable {
        package enum Kind: String, Codable, Sendable {
            case patient, accession, uid
        }

        package let kind: Kind
        package let pseudonym: String
        package let original: String
    }

    private let path: String
    private var known: Set<Entry> = []

    /// Opens or makes the file.
    ///
    /// - Throws: `CocoaError`, where it cannot be read, or is something else.
    package init(path: String) throws {
        self.path = path
        guard FileManager.default.fileExists(atPath: path) else { return }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for line in text.split(separator: "\n") {
            known.insert(try JSONDecoder().decode(Entry.self, from: Data(line.utf8)))
        }
    }

    /// Adds what is new of an object, and returns once it is on disk.
    package mutating func add(_ object: DeidentifiedObject) throws {
        let (outside, inside) = (object.identity, object.original)
        let pairs: [(Entry.Kind, String, String)] = [
            (.patient, outside.patient, inside.patient),
            (.accession, outside.accessionNumber, inside.accessionNumber),
            (.uid, outside.studyInstanceUID, inside.studyInstanceUID),
            (.uid, outside.seriesInstanceUID, inside.seriesInstanceUID),
            (.uid, outside.sopInstanceUID, inside.sopInstanceUID),
        ]
        let new = pairs.filter { !$0.1.isEmpty && !$0.2.isEmpty }
            .map { Entry(kind: $0.0, pseudonym: $0.1, original: $0.2) }.filter { !known.contains($0) }
        guard !new.isEmpty else { return }
        try append(new)
        known.formUnion(new)
    }

    /// What stands behind a pseudonym; empty where it is not known.
    package func originals(of pseudonym: String) -> [Entry] {
        known.filter { $0.pseudonym == pseudonym }.sorted { $0.original < $1.original }
    }

    private func append(_ entries: [Entry]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = Data()
        for entry in entries { lines += try encoder.encode(entry) + Data("\n".utf8) }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: lines)
        try handle.synchronize()
    }
}
