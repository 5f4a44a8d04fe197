import Cryptography
package import Foundation
package import HTTP

/// One file of the pages as it is sent: read once at the start, with its tag and its compressed form.
package struct PageFile: Sendable {
    private let plain: Data
    /// nil where gzip gains nothing.
    private let compressed: Data?
    private let mediaType: String
    /// Names the bytes: equal tags, equal bytes (RFC 9110 §8.8.3), without quotes.
    private let tag: String

    /// - Returns: nil where the file's kind is not one that pages consist of.
    package init?(_ bytes: Data, name: String) {
        guard let mediaType = Self.mediaType(of: name),
            let digest = bytes.withUnsafeBytes({ SHA256.hexadecimal($0) })
        else { return nil }
        plain = bytes
        let deflated = try? Gzip.deflate(bytes, level: 6)
        compressed = deflated.flatMap { $0.count < bytes.count ? $0 : nil }
        self.mediaType = mediaType
        tag = String(digest.prefix(32))
    }

    private static func mediaType(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: nil
        }
    }

    /// 200 with the bytes, or 304 where the browser has them (RFC 9110 §13.1.2). A browser asks every time, so that
    /// pages of two versions are never mixed.
    package func response(to request: HTTPRequest) -> HTTPResponse {
        let gzipped = request.acceptsGzip ? compressed : nil
        let entityTag = "\"\(tag)\(gzipped == nil ? "" : "-gzip")\""
        var fields: HTTPFields = [
            "etag": entityTag, "cache-control": "no-cache", "vary": "accept-encoding",
        ]
        fields.append(PageSecurity.fields(over: request))
        if request.hasCurrent(entityTag) { return HTTPResponse(status: 304, fields: fields) }
        fields["content-type"] = mediaType
        if gzipped != nil { fields["content-encoding"] = "gzip" }
        return HTTPResponse(
            status: 200, fields: fields, body: request.method == "HEAD" ? .empty : .data(gzipped ?? plain))
    }
}

extension HTTPRequest {
    /// Whether the answer may be gzip: named, and not with the weight 0 (RFC 9110 §12.5.3).
    fileprivate var acceptsGzip: Bool {
        fields.tokens(for: "accept-encoding").contains { token in
            let parts = token.split(separator: ";").map { $0.filter { $0 != " " } }
            return parts.first == "gzip"
                && !parts.dropFirst().contains { $0.hasPrefix("q=0") && Double($0.dropFirst(2)) == 0 }
        }
    }

    /// Whether `If-None-Match` names the tag, or any.
    fileprivate func hasCurrent(_ entityTag: String) -> Bool {
        fields.tokens(for: "if-none-match").contains { token in
            let strong = token.hasPrefix("w/") ? String(token.dropFirst(2)) : token
            return strong == "*" || strong == entityTag
        }
    }
}
