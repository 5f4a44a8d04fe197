import Imaging

/// One item of a structured report's content tree (PS3.3 §C.17.3).
struct ContentItem {
    enum Relationship {
        case contains, hasObservationContext, hasAcquisitionContext, hasConceptModifier, inferredFrom
    }

    enum Value {
        /// - template: number of the DCMR template the container follows, where it follows one.
        case container(template: String?)
        case text(String)
        case code(CodedConcept)
        case uid(String)
        case number(Double, unit: CodedConcept)
        case image(InstanceReference)
        /// A closed polygon in patient coordinates, mm.
        case polygon([Vector3D], frameOfReferenceUID: String)
    }

    let relationship: Relationship
    /// Nil only for an image.
    let concept: CodedConcept?
    let value: Value
    var children: [ContentItem] = []

    /// True when every text of the item and of all below it is ASCII.
    var hasOnlyASCII: Bool {
        let isASCII =
            switch value {
            case .text(let text): text.isASCII
            case .code(let code): code.meaning.isASCII
            case .number(_, let unit): unit.meaning.isASCII
            case .container, .uid, .image, .polygon: true
            }
        return isASCII && (concept?.meaning.isASCII ?? true) && children.allSatisfy(\.hasOnlyASCII)
    }
}

extension ContentItem {
    static func container(
        _ concept: CodedConcept, template: String? = nil, _ children: [ContentItem]
    ) -> ContentItem {
        ContentItem(
            relationship: .contains, concept: concept, value: .container(template: template), children: children)
    }

    static func text(
        _ concept: CodedConcept, _ text: String, _ relationship: Relationship = .contains
    ) -> ContentItem {
        ContentItem(relationship: relationship, concept: concept, value: .text(text))
    }

    static func code(
        _ concept: CodedConcept, _ value: CodedConcept, _ relationship: Relationship = .contains
    ) -> ContentItem {
        ContentItem(relationship: relationship, concept: concept, value: .code(value))
    }

    static func uid(_ concept: CodedConcept, _ uid: String, _ relationship: Relationship = .contains) -> ContentItem {
        ContentItem(relationship: relationship, concept: concept, value: .uid(uid))
    }

    static func number(
        _ concept: CodedConcept, _ number: Double, _ unit: CodedConcept, _ children: [ContentItem] = []
    ) -> ContentItem {
        ContentItem(relationship: .contains, concept: concept, value: .number(number, unit: unit), children: children)
    }

    static func image(
        _ concept: CodedConcept?, _ reference: InstanceReference, _ relationship: Relationship = .contains,
        _ children: [ContentItem] = []
    ) -> ContentItem {
        ContentItem(relationship: relationship, concept: concept, value: .image(reference), children: children)
    }
}

extension String {
    var isASCII: Bool { utf8.allSatisfy { $0 < 0x80 } }
}
