/// A SOP instance and its class.
package struct SOPReference: Hashable, Sendable {
    package let sopClassUID: String
    package let sopInstanceUID: String

    package init(sopClassUID: String, sopInstanceUID: String) {
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
    }
}

/// What a peer says of instances that it was asked to keep (PS3.4 §J.3.3).
package struct CommitmentReport: Equatable, Sendable {
    /// The request that it answers.
    package let transactionUID: String
    /// Kept for good.
    package let committed: [SOPReference]
    /// Not kept, with the reason's code (PS3.3 §C.14.1.1).
    package let failed: [Failure]

    package init(transactionUID: String, committed: [SOPReference], failed: [Failure]) {
        self.transactionUID = transactionUID
        self.committed = committed
        self.failed = failed
    }

    package struct Failure: Equatable, Sendable {
        package let reference: SOPReference
        package let reason: UInt16

        package init(reference: SOPReference, reason: UInt16) {
            self.reference = reference
            self.reason = reason
        }
    }
}

/// The data sets of storage commitment (PS3.4 tables J.3-1 and J.3-2) in Implicit VR Little Endian.
package enum CommitmentDataSet {
    /// Reports of thousands of instances.
    static let maxBytes = 4 << 20

    private static let referencedSOPClassUID: UInt32 = 0x0008_1150
    private static let referencedSOPInstanceUID: UInt32 = 0x0008_1155
    private static let transactionUID: UInt32 = 0x0008_1195
    private static let failureReason: UInt32 = 0x0008_1197
    private static let failedSOPSequence: UInt32 = 0x0008_1198
    private static let referencedSOPSequence: UInt32 = 0x0008_1199

    package static func request(_ references: [SOPReference], transactionUID: String) -> [UInt8] {
        var items: [UInt8] = []
        for reference in references {
            var item: [UInt8] = []
            ImplicitElements.append(referencedSOPClassUID, padded(reference.sopClassUID), to: &item)
            ImplicitElements.append(referencedSOPInstanceUID, padded(reference.sopInstanceUID), to: &item)
            ImplicitElements.append(ImplicitElements.item, item, to: &items)
        }
        var bytes: [UInt8] = []
        ImplicitElements.append(self.transactionUID, padded(transactionUID), to: &bytes)
        ImplicitElements.append(referencedSOPSequence, items, to: &bytes)
        return bytes
    }

    /// - Throws: `malformed(.dataSet)`.
    package static func report(parsing bytes: [UInt8]) throws(DICOMNetworkError) -> CommitmentReport {
        guard let elements = ImplicitElements.parse(bytes[...]), let transaction = uid(transactionUID, in: elements)
        else { throw .malformed(.dataSet) }
        var committed: [SOPReference] = []
        for item in try items(referencedSOPSequence, in: elements) { committed.append(try reference(item)) }
        var failed: [CommitmentReport.Failure] = []
        for item in try items(failedSOPSequence, in: elements) {
            let reason = item.first { $0.tag == failureReason }
                .flatMap { ImplicitElements.number(UInt16.self, $0.value) }
            failed.append(.init(reference: try reference(item), reason: reason ?? 0x0110))
        }
        return CommitmentReport(transactionUID: transaction, committed: committed, failed: failed)
    }

    private static func items(
        _ tag: UInt32, in elements: [ImplicitElements.Element]
    ) throws(DICOMNetworkError) -> [[ImplicitElements.Element]] {
        guard let sequence = elements.first(where: { $0.tag == tag }) else { return [] }
        guard let items = ImplicitElements.items(of: sequence.value) else { throw .malformed(.dataSet) }
        var parsed: [[ImplicitElements.Element]] = []
        for item in items {
            guard let elements = ImplicitElements.parse(item, maxElements: 1000) else { throw .malformed(.dataSet) }
            parsed.append(elements)
        }
        return parsed
    }

    private static func reference(_ item: [ImplicitElements.Element]) throws(DICOMNetworkError) -> SOPReference {
        guard let sopClass = uid(referencedSOPClassUID, in: item),
            let instance = uid(referencedSOPInstanceUID, in: item)
        else { throw .malformed(.dataSet) }
        return SOPReference(sopClassUID: sopClass, sopInstanceUID: instance)
    }

    private static func uid(_ tag: UInt32, in elements: [ImplicitElements.Element]) -> String? {
        guard let value = elements.first(where: { $0.tag == tag })?.value else { return nil }
        let text = String(decoding: value.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }, as: UTF8.self)
        return UID.isValid(text) ? text : nil
    }

    private static func padded(_ uid: String) -> [UInt8] {
        let bytes = Array(uid.utf8)
        return bytes.count % 2 == 0 ? bytes : bytes + [0]
    }
}
