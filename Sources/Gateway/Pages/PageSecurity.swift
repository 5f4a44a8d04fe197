package import HTTP

/// What a browser is told to refuse on our pages.
package enum PageSecurity {
    /// Scripts and styles come from files of this origin and from nowhere else; none stands in a page, and no text
    /// becomes markup or script (Content Security Policy Level 3, Trusted Types). Calls go to this origin alone, and no
    /// other page may frame ours.
    package static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].joined(separator: "; ")

    /// The fields of every answer to a page.
    package static func fields(over request: HTTPRequest) -> HTTPFields {
        var fields: HTTPFields = [
            "content-security-policy": contentSecurityPolicy,
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ]
        // Over clear text browsers have to ignore it (RFC 6797 §8.1).
        if request.session != nil { fields["strict-transport-security"] = "max-age=31536000" }
        return fields
    }
}
