package import HTTP

/// Why a request is not answered: a status and one line for people, without anything that a request or an image said
/// of a patient (PS3.18 §8.5).
package struct Problem: Error, Equatable, Sendable {
    package let status: Int
    package let text: String
    package var fields: HTTPFields = [:]

    package init(_ status: Int, _ text: String, fields: HTTPFields = [:]) {
        self.status = status
        self.text = text
        self.fields = fields
    }

    package var response: HTTPResponse { .text(status, text + "\n", fields: fields) }

    package static func badRequest(_ text: String) -> Problem { Problem(400, text) }
    package static let notFound = Problem(404, "Nothing is held under these UIDs.")
    package static let noSuchPath = Problem(404, "This path names nothing; see PS3.18 §10.")
    package static func methodNotAllowed(_ allowed: String) -> Problem {
        Problem(405, "Use \(allowed).", fields: ["allow": allowed])
    }
    package static func notAcceptable(_ offers: [String]) -> Problem {
        Problem(406, "Accept one of: \(offers.joined(separator: ", ")).")
    }
    package static let gone = Problem(410, "This was held and is not any more.")
    package static func tooLarge(_ limit: Int) -> Problem {
        Problem(413, "An instance is larger than \(limit) bytes; what came before it is kept.")
    }
    package static func unsupportedMediaType(_ offers: [String]) -> Problem {
        Problem(415, "Send one of: \(offers.joined(separator: ", ")).")
    }
}

extension Problem {
    package init(_ error: MultipartError) {
        switch error {
        case .boundary: self = .badRequest("The boundary in Content-Type is missing, or no boundary.")
        case .noPart: self = .badRequest("The boundary of Content-Type does not come in the body.")
        case .fieldsTooLong(let limit): self = .badRequest("The fields of a part are longer than \(limit) bytes.")
        case .malformedField: self = .badRequest("A field of a part is malformed.")
        case .partTooLong(let limit): self = .tooLarge(limit)
        case .tooManyParts(let limit):
            self.init(413, "There are more than \(limit) parts; what came before is kept.")
        case .truncated: self = .badRequest("The body ends before its closing boundary; what came whole is kept.")
        }
    }

    package init(_ error: SearchError) {
        switch error {
        case .unknownParameter: self = .badRequest("A parameter is neither one of PS3.18 §8.3 nor an attribute.")
        case .malformedValue(let keyword): self = .badRequest("The value of \(keyword) is malformed.")
        case .tooManyConditions(let limit): self = .badRequest("There are more than \(limit) conditions.")
        case .malformedQuery: self = .badRequest("The query is malformed.")
        }
    }
}
