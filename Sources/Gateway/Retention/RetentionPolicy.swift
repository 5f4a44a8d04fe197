/// How long what was answered is kept; nil means for ever. What is not answered is kept in any case.
package struct RetentionPolicy: Sendable, Hashable {
    /// Images of studies with an answer, from their completion on.
    package var images: Duration?
    /// Images of studies in which everything was refused.
    package var refusedImages: Duration?
    /// Studies with answers and history, and their images where these are still there.
    package var results: Duration?

    package init(images: Duration? = nil, refusedImages: Duration? = nil, results: Duration? = nil) {
        self.images = images
        self.refusedImages = refusedImages
        self.results = results
    }

    /// True when everything is kept for ever.
    package var keepsAll: Bool { images == nil && refusedImages == nil && results == nil }
}

/// What is removed of studies.
package enum Removal: Sendable, Hashable {
    /// Images of studies with an answer, or of those in which everything was refused.
    case images(answered: Bool)
    /// Everything.
    case studies
}
