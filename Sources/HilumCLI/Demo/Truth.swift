package import Foundation

/// What the samples show: samples/truth.json.
package struct Truth: Decodable, Sendable {
    /// One chest X-ray.
    package struct Chest: Decodable, Sendable {
        package let file: String
        /// Finding code → present.
        package let findings: [String: Bool]
    }

    /// One scout series.
    package struct Cardiac: Decodable, Sendable {
        package let folder: String
        /// Name of the view in the proto, for example `SHORT_AXIS` → plane.
        package let planes: [String: Plane]
    }

    /// A plane in the patient's coordinates (LPS, mm).
    package struct Plane: Decodable, Sendable {
        package let center: [Double]
        package let normal: [Double]
        /// Direction of increasing column index of the view's image, where it is known.
        package let row: [Double]?

        package init(center: [Double], normal: [Double], row: [Double]? = nil) {
            self.center = center
            self.normal = normal
            self.row = row
        }
    }

    package let chest: [Chest]
    package let cardiac: [Cardiac]

    /// - Throws: exit code 4 for text of another form.
    package init(json: Data) throws(Failure) {
        do {
            self = try JSONDecoder().decode(Truth.self, from: json)
        } catch {
            throw Failure(.file, "truth.json cannot be read: \(error)")
        }
    }
}
