package import Foundation

/// Values as JSON Lines: one value a line.
package enum JSONLines {
    /// - Throws: exit code 4 where a value has no JSON form.
    package static func encode(_ values: [some Encodable]) throws(Failure) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = Data()
        for value in values {
            do { lines += try encoder.encode(value) } catch {
                throw Failure(.file, "a line has no JSON form: \(error)")
            }
            lines.append(UInt8(ascii: "\n"))
        }
        return lines
    }

    /// The values of a file.
    ///
    /// - Throws: exit code 4 naming the line.
    package static func read<Value: Decodable>(_ path: String, _ type: Value.Type) throws(Failure) -> [Value] {
        let decoder = JSONDecoder()
        var values: [Value] = []
        for (index, line) in try InputFiles.read(path).split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                values.append(try decoder.decode(type, from: Data(line)))
            } catch {
                throw Failure(.file, "\(path): line \(index + 1) is not of the expected form: \(error)")
            }
        }
        return values
    }
}
