import Deidentification
import Foundation
import RPC
import ServiceKit

/// The file with the site's secret.
enum SecretFile {
    /// Its bytes without white space at the end.
    static func read(_ path: String) throws(Failure) -> SiteSecret {
        var bytes = [UInt8](try InputFiles.read(path))
        while let last = bytes.last, [9, 10, 13, 32].contains(last) { bytes.removeLast() }
        do throws(DeidentificationError) {
            return try SiteSecret(bytes)
        } catch {
            throw Failure(.usage, "\(path): \(error.rpcStatus.message)")
        }
    }
}

/// The file that leads from pseudonyms back.
enum MapFile {
    static func open(_ path: String) throws(Failure) -> ReidentificationMap {
        do {
            return try ReidentificationMap(path: path)
        } catch {
            throw Failure(.file, "\(path): cannot be read, or is no map of pseudonyms")
        }
    }

    static func add(_ object: DeidentifiedObject, to map: inout ReidentificationMap?) throws(Failure) {
        do {
            try map?.add(object)
        } catch {
            throw Failure(.file, "the map of pseudonyms cannot be written")
        }
    }
}
