package import Imaging

/// Why a result object could not be made. Payloads hold no patient data.
package enum ReportingError: Error, Equatable, Sendable {
    /// DCMTK refused an item of a structured report: its concept's meaning.
    case refusedContent(concept: String)
    /// An image or a data set could not be read or written.
    case imaging(ImagingError)
    /// Cairo or Pango could not draw.
    case drawing
    /// OpenSSL could not hash.
    case hashing
    /// A heat map is not a grey PNG.
    case unreadableHeatMap
}
