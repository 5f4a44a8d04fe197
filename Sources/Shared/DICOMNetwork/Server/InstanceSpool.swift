package import Foundation

/// Where the bytes of an instance go that does not stay in memory while it comes in. Used on one thread.
package protocol InstanceSpool: AnyObject, Sendable {
    /// - Throws: `Full`.
    func append(_ bytes: UnsafeRawBufferPointer) throws(InstanceBuffer.Full)
}

/// A received instance as a Part 10 file: file meta information made here, and the data set's bytes as received.
package enum InstanceBytes: Sendable {
    case memory(Data)
    /// The receiver's own.
    case spool(any InstanceSpool)
}
