import Foundation

extension BlobStore {
    /// The digests of the files in one of the 256 folders.
    package func digests(in folder: Int) async throws(StorageError) -> Set<Digest> {
        try await offPool { () throws(StorageError) in
            let path = files.root + "/" + String(format: "%02x", folder)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            return Set(names.compactMap(Digest.init(hexadecimal:)))
        }
    }

    /// Removes a blob that no row names, unless somebody has written or found it since `age` ago.
    ///
    /// Whoever stores bytes that are there already touches the file. It is moved away first and looked at then, so that
    /// a touch that came before is seen, and one that comes after finds no file and writes a new one.
    package func remove(_ digest: Digest, untouchedFor age: Duration) async throws(StorageError) {
        try await offPool { () throws(StorageError) in
            let (path, away) = (files.path(of: digest), nursery.newPath())
            guard rename(path, away) == 0 else { return }
            var status = stat()
            let isOld = stat(away, &status) == 0 && Double(time(nil) - status.st_mtim.tv_sec) >= age.inSeconds
            if !isOld, link(away, path) != 0, errno != EEXIST { throw StorageError(call: "link") }
            unlink(away)
        }
    }
}
