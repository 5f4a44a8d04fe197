import Foundation

/// One row of `facts.csv`: what a reference decoder found in a file.
struct Facts: Sendable, CustomStringConvertible {
    let file: String
    let exercises: String
    private let fields: [String: Value]

    enum Value: Sendable, Equatable {
        case text(String)
        case number(Double)
        case numbers([Double])
    }

    var description: String { file }
    var folder: String { String(file.prefix { $0 != "/" }) }

    func text(_ key: String) -> String? {
        guard case .text(let text) = fields[key], !text.isEmpty else { return nil }
        return text
    }

    /// Numbers stand there as numbers or as text.
    func number(_ key: String) -> Double? {
        switch fields[key] {
        case .number(let number): number
        case .text(let text): Double(text)
        default: nil
        }
    }

    var shape: [Int]? {
        guard case .numbers(let numbers) = fields["shape"] else { return nil }
        return numbers.map { Int($0) }
    }

    static let all: [Facts] = {
        guard
            let text = try? String(
                contentsOf: SharedData.directory.appendingPathComponent("facts.csv"), encoding: .utf8)
        else { return [] }
        let rows = CSV.rows(text)
        guard let header = rows.first, let file = header.firstIndex(of: "file"),
            let exercises = header.firstIndex(of: "exercises"), let json = header.firstIndex(of: "facts_json")
        else { return [] }
        return rows.dropFirst().filter { $0.count == header.count }.map {
            Facts(file: $0[file], exercises: $0[exercises], fields: fields($0[json]))
        }
    }()

    /// DICOM, PNG and JPEG files whose pixels the reference decoder could read.
    static let decodable = all.filter { $0.number("mean") != nil && !["nifti", "fuzz"].contains($0.folder) }

    private static func fields(_ json: String) -> [String: Value] {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else {
            return [:]
        }
        return object.compactMapValues { value in
            switch value {
            case let text as String: .text(text)
            case let numbers as [NSNumber]: .numbers(numbers.map(\.doubleValue))
            case let number as NSNumber: .number(number.doubleValue)
            default: nil
            }
        }
    }
}

/// Comma-separated values with quotes (RFC 4180).
enum CSV {
    static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var quoted = false
        var characters = text.unicodeScalars.makeIterator()
        var next = characters.next()
        while let character = next {
            next = characters.next()
            switch (character, quoted) {
            case ("\"", true) where next == "\"":
                field.append("\"")
                next = characters.next()
            case ("\"", _): quoted.toggle()
            case (",", false):
                row.append(field)
                field = ""
            case ("\r", false): continue
            case ("\n", false):
                rows.append(row + [field])
                row = []
                field = ""
            default: field.unicodeScalars.append(character)
            }
        }
        if !field.isEmpty || !row.isEmpty { rows.append(row + [field]) }
        return rows
    }
}
