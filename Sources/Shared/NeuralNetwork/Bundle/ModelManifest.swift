package import Foundation

/// `model.json` of a bundle: what a network is, what it takes and what its outputs mean.
///
/// Which fields stand in an output depends on the task: findings have `code`, planes have `view`.
package struct ModelManifest: Codable, Equatable, Sendable {
    package struct Architecture: Codable, Equatable, Sendable {
        package enum Kind: String, Codable, Sendable {
            case efficientNet = "EfficientNetBN"
            case vNet = "VNet"
        }
        package let type: Kind
        /// `b0` … `b7`, of an EfficientNet.
        package let variant: String?
        package let in_channels: Int
        /// Of an EfficientNet.
        package let num_classes: Int?
        /// Of a V-Net.
        package let out_channels: Int?
        /// Of a V-Net: channels at full resolution, 16 in MONAI.
        package let width: Int?
    }

    package struct Intensity: Codable, Equatable, Sendable {
        package enum Scale: String, Codable, Sendable {
            /// Values are in 0 … 1 already.
            case unit
            /// The percentiles `low` and `high` become 0 and 1, values beyond are clipped.
            case percentile
        }
        package let scale: Scale
        package let low: Double?
        package let high: Double?
        /// Subtracted after scaling, one for each channel.
        package let mean: [Double]
        /// Divides after that, one for each channel.
        package let std: [Double]
    }

    package struct Input: Codable, Equatable, Sendable {
        /// Rows and columns, or slices, rows and columns.
        package let size: [Int]
        /// Of an image; a volume has one.
        package let channels: Int?
        /// Of a volume: the edge of a voxel of its grid, in mm.
        package let spacing_mm: Double?
        package let intensity: Intensity
    }

    package struct Calibration: Codable, Equatable, Sendable {
        package enum Kind: String, Codable, Sendable { case platt }
        package let type: Kind
        /// probability = sigmoid(a · logit + b)
        package let a: Double
        package let b: Double
    }

    package struct Coding: Codable, Equatable, Sendable {
        package let scheme: String
        package let value: String
        package let meaning: String
    }

    package struct Output: Codable, Equatable, Sendable {
        // Findings
        package let code: String?
        package let display: String?
        package let threshold: Double?
        /// Where the threshold comes from, in words.
        package let operating_point: String?
        package let calibration: Calibration?
        /// `ROUTINE`, `PRIORITY` or `URGENT`.
        package let priority: String?
        package let codings: [Coding]?
        // Planes
        /// `SHORT_AXIS`, `FOUR_CHAMBER`, `TWO_CHAMBER`, …
        package let view: String?
        /// Distances beyond this are clipped, in mm.
        package let truncation_mm: Double?
        /// How a distance is encoded: `clip`.
        package let encoding: String?
        /// The distance that an output of 1 stands for, in mm.
        package let scale_mm: Double?
    }

    package struct Weights: Codable, Equatable, Sendable {
        package let file: String
        /// 64 hexadecimal digits.
        package let sha256: String
    }

    package struct Golden: Codable, Equatable, Sendable {
        package enum Input: String, Codable, Sendable { case ramp }
        package let input: Input
        /// N, C, then the spatial axes.
        package let shape: [Int]
        /// At most 64 elements: of few outputs the first, of maps those at a flat stride of total / count.
        package let output: [Float]
        /// Largest absolute difference of an element.
        package let tolerance: Double
    }

    /// What the network was trained on, for a site to see when its inputs are others.
    package struct Reference: Codable, Equatable, Sendable {
        /// By name of a statistic of the input (`InputStatistics`): the least and the greatest value that count as known,
        /// the 1st and 99th percentile of training.
        package let input: [String: [Double]]
    }

    package let format: Int
    package let name: String
    package let version: String
    package let architecture: Architecture
    package let input: Input
    package let outputs: [Output]
    package let weights: Weights
    package let golden: Golden
    package let provenance: JSONValue?
    package let intended_use: String?
    package let reference: Reference?

    /// The format that this code reads.
    package static let supportedFormat = 1
    /// Bytes of a manifest.
    static let longest = 4 << 20

    /// - Throws: `manifestMalformed` naming the field.
    package init(json: Data) throws(NeuralNetworkError) {
        do {
            self = try JSONDecoder().decode(ModelManifest.self, from: json)
        } catch let error as DecodingError {
            throw .manifestMalformed(field: error.fieldPath, reason: error.reason)
        } catch {
            throw .manifestMalformed(field: "", reason: "not JSON")
        }
        try validate()
    }
}

extension ModelManifest {
    /// The checks that the types do not make.
    private func validate() throws(NeuralNetworkError) {
        func require(_ holds: Bool, _ field: String, _ reason: String) throws(NeuralNetworkError) {
            guard holds else { throw .manifestMalformed(field: field, reason: reason) }
        }
        try require(format == Self.supportedFormat, "format", "\(format) is not \(Self.supportedFormat)")
        try require(!name.isEmpty && name.count <= 100, "name", "empty or too long")
        try require(
            !weights.file.isEmpty && !weights.file.contains("/") && weights.file != "..", "weights.file",
            "not a file name")
        try require(
            weights.sha256.count == 64 && weights.sha256.allSatisfy(\.isHexDigit), "weights.sha256",
            "not 64 hexadecimal digits")
        let axes = architecture.type == .efficientNet ? 2 : 3
        try require(input.size.count == axes, "input.size", "not \(axes) sizes")
        try require(
            input.channels ?? architecture.in_channels == architecture.in_channels, "input.channels",
            "differs from architecture.in_channels")
        try input.validate(channels: architecture.in_channels)
        let channels = architecture.type == .efficientNet ? architecture.num_classes : architecture.out_channels
        try require(channels == outputs.count, "outputs", "their number differs from the architecture's")
        try require((1...64).contains(golden.output.count), "golden.output", "not 1 to 64 values")
        let ranges = reference.map { Array($0.input.values) } ?? []
        try require(
            ranges.count <= 64 && ranges.allSatisfy { $0.count == 2 && $0[0] <= $0[1] }, "reference.input",
            "not ranges of two values")
        try require(golden.tolerance > 0, "golden.tolerance", "not positive")
        try require(
            golden.shape == [1, architecture.in_channels] + input.size, "golden.shape",
            "differs from one input of the network")
    }
}

extension ModelManifest.Input {
    /// The object `input` of a manifest by itself; one channel unless it says more.
    ///
    /// - Throws: `manifestMalformed` naming the field.
    package init(json: Data) throws(NeuralNetworkError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: json)
        } catch let error as DecodingError {
            throw .manifestMalformed(field: "input." + error.fieldPath, reason: error.reason)
        } catch {
            throw .manifestMalformed(field: "input", reason: "not JSON")
        }
        try validate(channels: channels ?? 1)
    }

    fileprivate func validate(channels: Int) throws(NeuralNetworkError) {
        func require(_ holds: Bool, _ field: String, _ reason: String) throws(NeuralNetworkError) {
            guard holds else { throw .manifestMalformed(field: field, reason: reason) }
        }
        try require(
            (2...3).contains(size.count) && size.allSatisfy { (1...4096).contains($0) }, "input.size",
            "not two or three sizes of 1 to 4096")
        try require(
            intensity.mean.count == channels && intensity.std.count == channels, "input.intensity",
            "mean and std need one value for each channel")
        try require(intensity.std.allSatisfy { $0 > 0 }, "input.intensity.std", "not positive")
        try require(
            intensity.scale == .unit || (intensity.low ?? 0) < (intensity.high ?? 0), "input.intensity",
            "percentile needs low below high")
    }
}

/// Any JSON value, for parts of a manifest that people read and the services hand on.
package enum JSONValue: Codable, Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension DecodingError {
    fileprivate var fieldPath: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            Self.path(context.codingPath)
        case .keyNotFound(let key, let context): Self.path(context.codingPath + [key])
        @unknown default: ""
        }
    }

    fileprivate var reason: String {
        switch self {
        case .typeMismatch: "wrong type"
        case .valueNotFound, .keyNotFound: "missing"
        case .dataCorrupted: "invalid value"
        @unknown default: "unreadable"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { key in key.intValue.map { "\($0)" } ?? key.stringValue }.joined(separator: ".")
    }
}
