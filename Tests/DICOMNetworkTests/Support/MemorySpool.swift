import DICOMNetwork
import Foundation
import Synchronization

/// A spool that keeps what it is given.
final class MemorySpool: InstanceSpool {
    let bytes = Mutex(Data())

    func append(_ more: UnsafeRawBufferPointer) throws(InstanceBuffer.Full) {
        bytes.withLock { $0.append(contentsOf: more) }
    }
}

extension InstanceBytes {
    var isSpooled: Bool {
        if case .spool = self { true } else { false }
    }

    /// The bytes, wherever they are.
    var data: Data {
        switch self {
        case .memory(let bytes): bytes
        case .spool(let spool): (spool as? MemorySpool)?.bytes.withLock { $0 } ?? Data()
        }
    }
}
