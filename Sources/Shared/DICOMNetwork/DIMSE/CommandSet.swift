/// The command set of a message (PS3.7 §6.3.1, annex E): elements of group 0000 in Implicit VR Little Endian.
package struct CommandSet: Equatable, Sendable {
    /// Elements of group 0000 (PS3.7 §E.1).
    package enum Field: UInt16, Sendable {
        case affectedSOPClassUID = 0x0002
        case requestedSOPClassUID = 0x0003
        case commandField = 0x0100
        case messageID = 0x0110
        case messageIDBeingRespondedTo = 0x0120
        case priority = 0x0700
        case commandDataSetType = 0x0800
        case status = 0x0900
        case errorComment = 0x0902
        case affectedSOPInstanceUID = 0x1000
        case requestedSOPInstanceUID = 0x1001
        case eventTypeID = 0x1002
        case actionTypeID = 0x1008
    }

    /// Values of Command Field (PS3.7 §E.1). A response has the highest bit set.
    package enum Kind: UInt16, Sendable {
        case cStoreRequest = 0x0001
        case cEchoRequest = 0x0030
        case nEventReportRequest = 0x0100
        case nActionRequest = 0x0130
        case cCancelRequest = 0x0FFF
        case cStoreResponse = 0x8001
        case cEchoResponse = 0x8030
        case nEventReportResponse = 0x8100
        case nActionResponse = 0x8130
    }

    /// No command set comes near.
    static let maxBytes = 16 << 10
    private static let maxElements = 128
    private static let noDataSet: UInt16 = 0x0101

    private var values: [UInt16: [UInt8]] = [:]

    package init(_ kind: Kind, hasDataSet: Bool = false) {
        self[.commandField] = kind.rawValue
        self[.commandDataSetType] = hasDataSet ? 0 : Self.noDataSet
    }

    /// - Throws: `malformed(.commandSet)`.
    package init(parsing bytes: [UInt8]) throws(DICOMNetworkError) {
        guard let elements = ImplicitElements.parse(bytes[...], maxElements: Self.maxElements) else {
            throw .malformed(.commandSet)
        }
        for element in elements {
            guard element.tag >> 16 == 0 else { throw .malformed(.commandSet) }
            // The group length says nothing that is not known, and is written anew.
            if element.tag != 0 { values[UInt16(element.tag & 0xFFFF)] = Array(element.value) }
        }
        guard self[.commandField] != nil, self[.commandDataSetType] != nil else { throw .malformed(.commandSet) }
    }

    /// The bytes, with the group length in front (PS3.7 §6.3.1).
    package var encoded: [UInt8] {
        var body: [UInt8] = []
        for (element, value) in values.sorted(by: { $0.key < $1.key }) {
            ImplicitElements.append(UInt32(element), value, to: &body)
        }
        var length: [UInt8] = []
        ImplicitElements.append(UInt32(body.count), to: &length)
        var bytes: [UInt8] = []
        ImplicitElements.append(0, length, to: &bytes)
        return bytes + body
    }

    /// A number (US).
    package subscript(field: Field) -> UInt16? {
        get { values[field.rawValue].flatMap { ImplicitElements.number(UInt16.self, $0[...]) } }
        set {
            var bytes: [UInt8] = []
            if let newValue { ImplicitElements.append(newValue, to: &bytes) }
            values[field.rawValue] = newValue == nil ? nil : bytes
        }
    }

    /// A UID without its padding; nil where there is none or it is no UID.
    package func uid(_ field: Field) -> String? {
        guard let value = values[field.rawValue] else { return nil }
        let text = String(decoding: value.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }, as: UTF8.self)
        return UID.isValid(text) ? text : nil
    }

    /// Sets a UID, padded with NUL (PS3.5 §9.1), or text, padded with a space, to even length.
    package mutating func set(_ field: Field, _ text: String) {
        var bytes = Array(text.utf8)
        if bytes.count % 2 == 1 { bytes.append(field == .errorComment ? UInt8(ascii: " ") : 0) }
        values[field.rawValue] = bytes
    }

    package var kind: Kind? { self[.commandField].flatMap(Kind.init) }
    package var hasDataSet: Bool { self[.commandDataSetType] != Self.noDataSet }
    package var isRequest: Bool { (self[.commandField] ?? 0) & 0x8000 == 0 }

    /// The response to this request, whatever it is.
    package func response(_ status: DIMSEStatus) -> CommandSet {
        var response = CommandSet(.cEchoResponse)
        response[.commandField] = (self[.commandField] ?? 0) | 0x8000
        response[.messageIDBeingRespondedTo] = self[.messageID] ?? 0
        response[.status] = status.code
        if let uid = uid(.affectedSOPClassUID) ?? uid(.requestedSOPClassUID) { response.set(.affectedSOPClassUID, uid) }
        if let uid = uid(.affectedSOPInstanceUID) ?? uid(.requestedSOPInstanceUID) {
            response.set(.affectedSOPInstanceUID, uid)
        }
        if let event = self[.eventTypeID] { response[.eventTypeID] = event }
        if !status.comment.isEmpty { response.set(.errorComment, String(status.comment.prefix(64))) }
        return response
    }
}
