package import DICOMNetwork

extension SpoolFile: InstanceSpool {
    package func append(_ bytes: UnsafeRawBufferPointer) throws(InstanceBuffer.Full) {
        do throws(StorageError) { try write(bytes) } catch { throw InstanceBuffer.Full() }
    }
}
