package import Imaging

/// Why an object does not leave. Payloads name attributes and hold no patient data.
package enum DeidentificationError: Error, Equatable, Sendable {
    /// The bytes cannot be read or written.
    case imaging(ImagingError)
    /// A directory of a medium: its records name patients, and its files are elsewhere.
    case mediaDirectory
    /// The object says that text is burned into its pixels, and no region rule fits it.
    case burnedInAnnotation
    /// Comments inside compressed pixels of this transfer syntax cannot be found.
    case unsupportedTransferSyntax(uid: String)
    /// A compressed frame whose markers cannot be followed.
    case unreadableCodestream(frame: Int)
    /// A document of this media type has no harmless stand-in.
    case unsupportedDocument
    /// A rule for pixel regions fits, and the pixels cannot be changed.
    case unsupportedPixels(reason: String)
    /// After everything was done a value that identifies was still found; the object is not given out.
    case identifierLeft(keyword: String)
    /// The site's secret is shorter than it has to be.
    case shortSecret(leastBytes: Int)
    /// A rule for pixel regions is wrong.
    case invalidRegionRule(number: Int, reason: String)
    case outOfMemory
}
