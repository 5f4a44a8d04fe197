package import Foundation

/// The files that operands name.
package enum InputFiles {
    /// Files as they are, folders with all files in and below them in order of their names. Hidden files of folders
    /// are left out.
    ///
    /// - Throws: exit code 4 where there is nothing at a path, or no file in a folder.
    package static func find(_ operands: [String]) throws(Failure) -> [String] {
        var files: [String] = []
        for operand in operands {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: operand, isDirectory: &isFolder) else {
                throw Failure(.file, "\(operand): there is no such file or folder")
            }
            if isFolder.boolValue {
                let inside = filesBelow(operand)
                if inside.isEmpty { throw Failure(.file, "\(operand): there is no file in this folder") }
                files += inside
            } else {
                files.append(operand)
            }
        }
        return files
    }

    private static func filesBelow(_ folder: String) -> [String] {
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return paths.sorted().filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
            .map { URL(filePath: folder).appending(path: $0).relativePath }
            .filter { path in
                var isFolder: ObjCBool = false
                return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            }
    }

    /// Whether a file's name is that of a NIfTI file.
    package static func isNIfTI(_ path: String) -> Bool { path.hasSuffix(".nii") || path.hasSuffix(".nii.gz") }

    package static func read(_ path: String) throws(Failure) -> Data {
        do {
            return try Data(contentsOf: URL(filePath: path))
        } catch {
            throw Failure(.file, "\(path): cannot be read")
        }
    }

    static func write(_ data: Data, to path: URL) throws(Failure) {
        do {
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try data.write(to: path)
        } catch {
            throw Failure(.file, "\(path.relativePath): cannot be written")
        }
    }
}
