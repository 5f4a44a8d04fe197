import HTTP
package import ServiceKit

extension Pages {
    /// Who may have what: files are for everybody, what they show is not.
    package static let accessRoutes = [
        AccessRoute("GET", "/", .open),
        AccessRoute("GET", PageData.root + "caller", .anyCaller),
        AccessRoute("GET", PageData.root + "events", .roles(.reader, .operator, audit: .worklistRead)),
        AccessRoute("POST", PageData.root + "heatmaps", .roles(.reader, audit: .imageRead)),
        AccessRoute("GET", PageData.root + "statistics", .roles(.reader, .operator)),
        AccessRoute("GET", PageData.root + "machines", .roles(.reader, .operator)),
        AccessRoute("GET", root + "**", .open),
    ]
}
