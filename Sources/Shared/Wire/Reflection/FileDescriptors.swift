import CProtobuf
import Foundation

/// Proto files that belong together: each with all that it imports.
package struct FileDescriptors: Sendable {
    private let files: [String: FileDescriptor]
    private let fileOfSymbol: [String: String]
    private let fileOfExtension: [FileDescriptor.Extension: String]

    /// Every file of proto/ and what they import.
    package static let all: FileDescriptors = {
        var count = 0
        let set = hilum_file_descriptor_set(&count)
        let fields = DescriptorFields(Data(bytes: set, count: count))
        return FileDescriptors(fields.bytes(1).map { FileDescriptor(Data($0)) })
    }()

    private init(_ list: [FileDescriptor]) {
        files = Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0) })
        fileOfSymbol = Dictionary(list.flatMap { file in file.symbols.map { ($0, file.name) } }) { first, _ in first }
        fileOfExtension = Dictionary(list.flatMap { file in file.extensions.map { ($0, file.name) } }) { first, _ in
            first
        }
    }

    /// The files that declare `symbols`, with all that they import.
    package func declaring(_ symbols: some Sequence<String>) -> FileDescriptors {
        let names = Set(symbols.compactMap { fileOfSymbol[$0] })
        return FileDescriptors(closure(of: names.sorted()))
    }

    /// Names of the files, sorted.
    package var names: [String] { files.keys.sorted() }

    /// A file and what it imports, itself first; nil where there is none of this name.
    package func file(named name: String) -> [FileDescriptor]? {
        files[name] == nil ? nil : closure(of: [name])
    }

    /// The file that declares a full name, and what it imports.
    package func file(declaring symbol: String) -> [FileDescriptor]? {
        fileOfSymbol[symbol].flatMap(file(named:))
    }

    /// The file that declares an extension, and what it imports.
    package func file(extending type: String, number: Int32) -> [FileDescriptor]? {
        fileOfExtension[FileDescriptor.Extension(containingType: type, number: number)].flatMap(file(named:))
    }

    /// Numbers of all extensions of a message, sorted; nil where there is no such message.
    package func extensionNumbers(of type: String) -> [Int32]? {
        guard files.values.contains(where: { $0.messages.contains(type) }) else { return nil }
        return fileOfExtension.keys.filter { $0.containingType == type }.map(\.number).sorted()
    }

    private func closure(of names: [String]) -> [FileDescriptor] {
        var found: [FileDescriptor] = []
        var waiting = names
        var seen = Set(names)
        while !waiting.isEmpty {
            guard let file = files[waiting.removeFirst()] else { continue }
            found.append(file)
            waiting += file.dependencies.filter { seen.insert($0).inserted }
        }
        return found
    }
}
