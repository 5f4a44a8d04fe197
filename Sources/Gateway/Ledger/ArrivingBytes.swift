/// What the ledger asks of the bytes of instances that it enters.
package struct ArrivingBytes: Sendable {
    /// Has another thread wait for them, where one is free.
    let beginWaiting: @Sendable () -> Void
    /// Returns when all of them are on disk. Asked before anything of the change is, and maybe more than once.
    let areWritten: @Sendable () throws(StorageError) -> Void
    /// Once they are on disk, what is needed to enter the instances again is too.
    let areVouchingForRows: Bool
    /// Whether the instance of this place in the list has the data set of a blob that is held: the same instance comes
    /// with other file meta information by C-STORE than by STOW.
    let hasDataSet: @Sendable (_ index: Int, _ ofHeld: Digest) -> Bool

    package init(
        beginWaiting: @escaping @Sendable () -> Void = {},
        areWritten: @escaping @Sendable () throws(StorageError) -> Void, areVouchingForRows: Bool = false,
        hasDataSet: @escaping @Sendable (_ index: Int, _ ofHeld: Digest) -> Bool
    ) {
        self.beginWaiting = beginWaiting
        self.areWritten = areWritten
        self.areVouchingForRows = areVouchingForRows
        self.hasDataSet = hasDataSet
    }

    /// On disk already, and each a thing of its own.
    static let written = ArrivingBytes(areWritten: {}, hasDataSet: { _, _ in false })
}
