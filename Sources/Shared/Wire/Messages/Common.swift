// The messages and methods of proto/hilum/v1/common.proto.

/// How soon a human should look. Ordered: a greater value is more urgent.
package enum Priority: WireEnum {
    /// Not stated. Read as ROUTINE.
    case unspecified
    /// Read in order of arrival.
    case routine
    /// Read before routine work.
    case priority
    /// Read next.
    case urgent
    /// A value that this version does not know.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        self =
            switch rawValue {
            case 0: .unspecified
            case 1: .routine
            case 2: .priority
            case 3: .urgent
            default: .unrecognized(rawValue)
            }
    }

    package var rawValue: Int32 {
        switch self {
        case .unspecified: 0
        case .routine: 1
        case .priority: 2
        case .urgent: 3
        case .unrecognized(let value): value
        }
    }
}

/// Names the model bundle that gave an answer.
package struct ModelRef: Message {
    package static let fullName = "hilum.v1.ModelRef"

    /// Name of the bundle: the folder under `models/`, for example "chest-xray".
    package var name: String
    /// Version of the bundle: the folder under the name, for example "1".
    package var version: String
    /// SHA-256 of the weights file, lower-case hexadecimal.
    package var weightsSha256: String
    /// What the bundle may be used for. Shipped bundles say
    /// "trained on synthetic phantoms; not for clinical use".
    package var intendedUse: String

    /// A message with the given fields; the others have their defaults.
    package init(
        name: String = "", version: String = "", weightsSha256: String = "", intendedUse: String = ""
    ) {
        self.name = name
        self.version = version
        self.weightsSha256 = weightsSha256
        self.intendedUse = intendedUse
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
        try visitor.field(2, &version)
        try visitor.field(3, &weightsSha256)
        try visitor.field(4, &intendedUse)
    }
}

/// One model bundle that a service holds.
package struct ModelInfo: Message {
    package static let fullName = "hilum.v1.ModelInfo"

    /// The bundle.
    package var ref: ModelRef?
    /// Network and its configuration, for example "EfficientNetBN efficientnet-b0".
    package var architecture: String
    /// Extent of the network's input without batch, outermost axis first: C H W, or C D H W.
    package var inputShape: [Int64]
    /// Finding codes or view names, in the order of the network's outputs.
    package var outputs: [String]
    /// Where the weights come from: data, command, measured results, in words.
    package var provenance: String
    /// True when the bundle is loaded, checked and answers.
    package var ready: Bool
    /// Why the bundle is not ready; empty when it is.
    package var reason: String

    /// A message with the given fields; the others have their defaults.
    package init(
        ref: ModelRef? = nil, architecture: String = "", inputShape: [Int64] = [], outputs: [String] = [],
        provenance: String = "", ready: Bool = false, reason: String = ""
    ) {
        self.ref = ref
        self.architecture = architecture
        self.inputShape = inputShape
        self.outputs = outputs
        self.provenance = provenance
        self.ready = ready
        self.reason = reason
    }

    package init() {
        self.init(ref: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &ref)
        try visitor.field(2, &architecture)
        try visitor.field(3, &inputShape)
        try visitor.field(4, &outputs)
        try visitor.field(5, &provenance)
        try visitor.field(6, &ready)
        try visitor.field(7, &reason)
    }
}

/// Asks for the bundles a service holds.
package struct ListModelsRequest: Message {
    package static let fullName = "hilum.v1.ListModelsRequest"

    package init() {}

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {}
}

/// The bundles a service holds.
package struct ListModelsResponse: Message {
    package static let fullName = "hilum.v1.ListModelsResponse"

    /// Every bundle found, ready or not, ordered by name, then version.
    package var models: [ModelInfo]

    /// A message with the given fields; the others have their defaults.
    package init(
        models: [ModelInfo] = []
    ) {
        self.models = models
    }

    package init() {
        self.init(models: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &models)
    }
}

/// Where the time of a call went, in milliseconds of wall time.
package struct Timing: Message {
    package static let fullName = "hilum.v1.Timing"

    /// Waiting for a free worker.
    package var queueMs: Double
    /// From bytes to pixels: decoding, look-up tables, volume assembly.
    package var decodeMs: Double
    /// From pixels to the network's input: gates, resampling, normalisation.
    package var preprocessMs: Double
    /// The networks.
    package var inferenceMs: Double
    /// From the network's output to the answer: heat maps, plane fit, reformats.
    package var postprocessMs: Double
    /// From the request's arrival in the service to its answer.
    package var totalMs: Double

    /// A message with the given fields; the others have their defaults.
    package init(
        queueMs: Double = 0, decodeMs: Double = 0, preprocessMs: Double = 0, inferenceMs: Double = 0,
        postprocessMs: Double = 0, totalMs: Double = 0
    ) {
        self.queueMs = queueMs
        self.decodeMs = decodeMs
        self.preprocessMs = preprocessMs
        self.inferenceMs = inferenceMs
        self.postprocessMs = postprocessMs
        self.totalMs = totalMs
    }

    package init() {
        self.init(queueMs: 0)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &queueMs)
        try visitor.field(2, &decodeMs)
        try visitor.field(3, &preprocessMs)
        try visitor.field(4, &inferenceMs)
        try visitor.field(5, &postprocessMs)
        try visitor.field(6, &totalMs)
    }
}

/// A concept of a coding scheme (PS3.3 section 8.8, Code Sequence Macro).
package struct Coding: Message {
    package static let fullName = "hilum.v1.Coding"

    /// Coding Scheme Designator (0008,0102), for example "SCT" or "99HILUM".
    package var scheme: String
    /// Code Value (0008,0100).
    package var value: String
    /// Code Meaning (0008,0104).
    package var meaning: String

    /// A message with the given fields; the others have their defaults.
    package init(
        scheme: String = "", value: String = "", meaning: String = ""
    ) {
        self.scheme = scheme
        self.value = value
        self.meaning = meaning
    }

    package init() {
        self.init(scheme: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &scheme)
        try visitor.field(2, &value)
        try visitor.field(3, &meaning)
    }
}

/// What went wrong, as a detail of an error status.
package struct ErrorInfo: Message {
    package static let fullName = "hilum.v1.ErrorInfo"

    /// Machine-readable cause in upper snake case, for example "TOO_FEW_SLICES".
    package var reason: String
    /// The offending field or DICOM attribute keyword, for example "ImageOrientationPatient".
    package var field: String
    /// The value found, as text; never patient data.
    package var found: String
    /// The limit or the value expected, as text.
    package var limit: String
    /// What the caller can do about it.
    package var remedy: String

    /// A message with the given fields; the others have their defaults.
    package init(
        reason: String = "", field: String = "", found: String = "", limit: String = "", remedy: String = ""
    ) {
        self.reason = reason
        self.field = field
        self.found = found
        self.limit = limit
        self.remedy = remedy
    }

    package init() {
        self.init(reason: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &reason)
        try visitor.field(2, &field)
        try visitor.field(3, &found)
        try visitor.field(4, &limit)
        try visitor.field(5, &remedy)
    }
}
