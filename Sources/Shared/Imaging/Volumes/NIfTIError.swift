/// Why bytes are not a NIfTI volume that can be read.
package enum NIfTIError: Error, Equatable, Sendable {
    /// Neither a NIfTI-1 nor a NIfTI-2 header.
    case notNIfTI
    /// A header whose voxels lie in another file (`.hdr` and `.img`).
    case headerWithoutVoxels
    /// The file ends early; bytes needed and found.
    case truncated(needed: Int, found: Int)
    /// The gzip stream is damaged or ends early.
    case damagedGzip
    /// Unpacked, the file exceeds the limit, bytes.
    case tooLarge(limit: Int)
    /// A header field has a value that cannot be.
    case invalidField(name: String)
    /// A voxel type that holds no single real number (colour, complex) or is unknown.
    case unsupportedDatatype(code: Int)
    /// The file holds something else than an image on a grid (CIFTI, statistics on surfaces).
    case notAnImage(intentCode: Int)
}
