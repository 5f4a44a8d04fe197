import DICOMweb
import Foundation

/// What DICOMweb reads besides DICOM: multipart messages, and paths with queries.
enum DICOMwebTarget {
    /// The first byte says how the rest is cut.
    static func readMultipart(_ data: Data) {
        guard let first = data.first else { return }
        let message = Data(data.dropFirst())
        let pieces = Int(first) + 1
        require(
            outcome(message, pieces: pieces) == outcome(message, pieces: .max),
            "where a multipart message is cut changes nothing of it")
    }

    /// The whole parts of a message, and whether it ended as it should.
    private struct Outcome: Equatable {
        var parts: [Data] = []
        var isComplete = false
    }

    private static func outcome(_ message: Data, pieces: Int) -> Outcome {
        var outcome = Outcome()
        guard var parser = try? MultipartParser(boundary: "b") else { return outcome }
        var content = Data()
        var rest = message[...]
        while !rest.isEmpty {
            let piece = rest.prefix(pieces)
            rest = rest.dropFirst(piece.count)
            var events: [MultipartParser.Event] = []
            let isSound = (try? parser.push(Data(piece), into: &events)) != nil
            for event in events {
                switch event {
                case .partBegan: content = Data()
                case .bytes(let bytes):
                    require(!bytes.isEmpty, "an event brings bytes")
                    content.append(bytes)
                case .partEnded: outcome.parts.append(content)
                }
            }
            guard isSound else { return outcome }
        }
        outcome.isComplete = parser.isComplete
        return outcome
    }

    /// `path?query`.
    static func readSearch(_ data: Data) {
        let text = String(decoding: data, as: UTF8.self)
        let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let resource = Resource(path: String(halves[0]))
        if case .bulkData(let scope, let path) = resource {
            require(
                Resource(
                    path: "/studies/\(scope.studyInstanceUID)/series/\(scope.seriesInstanceUID ?? "")/instances/"
                        + "\(scope.sopInstanceUID ?? "")/bulkdata/\(path.text)") == resource,
                "a path to bulk data that was written is read again")
        }
        let query = halves.count > 1 ? String(halves[1]) : nil
        guard let items = try? QueryItems(query) else { return }
        _ = Accept(fields: [text], parameter: items["accept"])
        for level in SearchAttribute.Level.allCases {
            guard let request = try? SearchRequest(level, in: nil, query: items) else { continue }
            require(request.limit <= SearchRequest.maximumLimit, "an answer has its bound")
        }
    }
}
