/// Roles that a presentation context's requestor takes (PS3.7 §D.3.3.4).
package enum ContextRole: Sendable, Hashable {
    /// It uses the service (SCU): the default.
    case uses
    /// It provides the service (SCP).
    case provides
    case both
}

/// A presentation context as it is proposed (PS3.8 §9.3.2.2).
package struct ProposedContext: Sendable, Hashable {
    /// 1, 3, … 255.
    package let identifier: UInt8
    /// A SOP class, as a rule.
    package let abstractSyntax: String
    /// In the requestor's order.
    package let transferSyntaxes: [String]
    package let role: ContextRole

    package init(identifier: UInt8, abstractSyntax: String, transferSyntaxes: [String], role: ContextRole = .uses) {
        self.identifier = identifier
        self.abstractSyntax = abstractSyntax
        self.transferSyntaxes = transferSyntaxes
        self.role = role
    }
}

/// A presentation context as it stands.
package struct AcceptedContext: Sendable, Hashable {
    package let identifier: UInt8
    package let abstractSyntax: String
    package let transferSyntax: String

    package init(identifier: UInt8, abstractSyntax: String, transferSyntax: String) {
        self.identifier = identifier
        self.abstractSyntax = abstractSyntax
        self.transferSyntax = transferSyntax
    }
}

/// Who wants an association, and for what.
package struct AssociationRequest: Sendable {
    /// Without the spaces around it, which do not count (PS3.8 §9.3.2).
    package let calledAETitle: String
    package let callingAETitle: String
    package let applicationContext: String
    package let contexts: [ProposedContext]

    package init(
        calledAETitle: String, callingAETitle: String, applicationContext: String = UID.applicationContext,
        contexts: [ProposedContext]
    ) {
        self.calledAETitle = calledAETitle
        self.callingAETitle = callingAETitle
        self.applicationContext = applicationContext
        self.contexts = contexts
    }
}
