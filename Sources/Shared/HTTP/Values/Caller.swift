/// Who sent a request, as access control found out. Never holds a token or a certificate.
package struct Caller: Hashable, Sendable {
    /// What a caller may do.
    package enum Role: String, CaseIterable, Comparable, Sendable {
        /// Hands in studies, and asks how they are.
        case sender
        /// Asks for scan planes while the patient lies in the scanner.
        case console
        /// Reads images and results, and reviews studies.
        case reader
        /// Keeps the system running; sees no images.
        case `operator`

        package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
    }

    /// The token's or certificate's owner, as configured or as the token's issuer says.
    package let name: String
    package let roles: Set<Role>

    package init(name: String, roles: Set<Role>) {
        self.name = name
        self.roles = roles
    }
}
