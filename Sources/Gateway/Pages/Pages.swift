package import HTTP
package import ServiceKit

/// The pages of the gateway, under `/ui/`; `/` leads there.
///
/// Files are open to everybody: they hold nothing of a patient. What they show they ask for by calls, and below
/// `/ui/api/`.
package struct Pages: Sendable {
    package static let root = "/ui/"

    private let files: PageFiles
    private let data: PageData

    /// Reads the files and says in the log what is missing.
    package init(_ options: PageOptions, data: PageData, log: Logger) {
        self.data = data
        files = PageFiles(
            folder: options.folder ?? PageFiles.defaultFolder() ?? "", libraryFolder: options.libraries)
        if !files.isComplete { log.warning("pages are not served: their folder was not found; see the key web") }
        for library in files.missingLibraries {
            log.warning("a library of the pages is not installed", ["library": .string(library)])
        }
    }

    /// nil where the path is not one of the pages.
    package func respond(to request: HTTPRequest) async -> HTTPResponse? {
        if request.path.hasPrefix(PageData.root) { return await data.respond(to: request) }
        guard request.path == "/" || request.path == "/ui" || request.path.hasPrefix(Self.root) else { return nil }
        guard request.method == "GET" || request.method == "HEAD" else {
            return .text(405, "Use GET.\n", fields: ["allow": "GET, HEAD"])
        }
        guard request.path.hasPrefix(Self.root) else {
            return HTTPResponse(status: 303, fields: ["location": Self.root])
        }
        guard let file = files[String(request.path.dropFirst(Self.root.count))] else {
            return files.isComplete ? nil : .text(404, "The pages are not installed here; see the gateway's log.\n")
        }
        return file.response(to: request)
    }
}
