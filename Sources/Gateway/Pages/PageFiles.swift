import Foundation

/// The files of the pages, by their paths under `/ui/`: those of our own folder, and libraries that the system's
/// packages installed.
package struct PageFiles: Sendable {
    /// Libraries: the folder under `/ui/lib/`, and where it lies in the folder of JavaScript packages.
    private static let libraries = ["chart.js"]
    private static let maximumFileBytes = 4 << 20

    private let files: [String: PageFile]

    /// Reads everything: later changes on disk do not show until the next start.
    ///
    /// - Parameters:
    ///   - folder: our own pages.
    ///   - libraryFolder: where the packages of JavaScript libraries lie (Debian: `/usr/share/javascript`).
    package init(folder: String, libraryFolder: String) {
        var files = Self.read(folder, under: "")
        for library in Self.libraries {
            files.merge(Self.read("\(libraryFolder)/\(library)", under: "lib/\(library)/")) { own, _ in own }
        }
        self.files = files
    }

    /// Whether the front page is there.
    package var isComplete: Bool { files["index.html"] != nil }

    /// The libraries that are not installed; pages say where they would stand.
    package var missingLibraries: [String] {
        Self.libraries.filter { library in !files.keys.contains { $0.hasPrefix("lib/\(library)/") } }
    }

    /// - Parameter path: relative to `/ui/`; a folder's own page is `index.html`.
    package subscript(path: String) -> PageFile? {
        files[path.isEmpty ? "index.html" : path]
    }

    private static func read(_ folder: String, under prefix: String) -> [String: PageFile] {
        var files: [String: PageFile] = [:]
        for path in (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? [] {
            guard let bytes = bytes(of: "\(folder)/\(path)") else { continue }
            files[prefix + path] = PageFile(bytes, name: path)
        }
        return files
    }

    private static func bytes(of path: String) -> Data? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= maximumFileBytes
        else { return nil }
        return FileManager.default.contents(atPath: path)
    }
}

extension PageFiles {
    /// The folder of our pages where none is configured: as installed (`share/hilum/web` beside the program's `bin`),
    /// in the working folder, or in the source tree around a build. nil: nowhere.
    package static func defaultFolder(program: String = executable) -> String? {
        let bin = URL(filePath: program).deletingLastPathComponent()
        let candidates = [
            bin.appending(path: "../share/hilum/web"), URL(filePath: "web"), bin.appending(path: "../../../web"),
        ]
        return candidates.map { $0.standardizedFileURL.path }.first {
            FileManager.default.fileExists(atPath: $0 + "/index.html")
        }
    }

    /// The path of this program, links resolved.
    package static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}
