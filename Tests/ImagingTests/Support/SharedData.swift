import Foundation

/// The real files for tests, kept outside the repository: `HILUM_SHARED`, else `../shared` beside the package.
enum SharedData {
    static let skipReason = "../shared/data is not here"

    static var directory: URL {
        let environment = ProcessInfo.processInfo.environment
        let shared =
            environment["HILUM_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../shared").standardizedFileURL
        return shared.appendingPathComponent("data")
    }

    /// In CI the data has to be there: then tests run and fail rather than skip.
    static var isPresent: Bool {
        ProcessInfo.processInfo.environment["CI"] != nil
            || FileManager.default.fileExists(atPath: directory.appendingPathComponent("facts.csv").path)
    }

    static func bytes(_ file: String) throws -> Data {
        try Data(contentsOf: directory.appendingPathComponent(file))
    }
}
