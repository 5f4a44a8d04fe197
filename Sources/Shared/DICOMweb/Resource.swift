import Foundation

/// What a path below the service's own names (PS3.18 §10.3, §10.4, §10.6).
package enum Resource: Equatable, Sendable {
    /// A search, and where things are stored.
    case studies
    case allSeries
    case allInstances
    case seriesOfStudy(Scope)
    case instancesOf(Scope)
    /// What is stored, as such.
    case objects(Scope)
    case metadata(Scope)
    case rendered(Scope, frames: [Int]?)
    case thumbnail(Scope, frames: [Int]?)
    /// Frames counted from 1.
    case frames(Scope, [Int])
    case bulkData(Scope, BulkDataPath)

    /// A study, a series in it, or an instance in that.
    package struct Scope: Equatable, Sendable {
        package let studyInstanceUID: String
        package let seriesInstanceUID: String?
        package let sopInstanceUID: String?

        package init(study: String, series: String? = nil, instance: String? = nil) {
            studyInstanceUID = study
            seriesInstanceUID = series
            sopInstanceUID = instance
        }
    }

    /// Most frames that one request may name.
    package static let maximumFrames = 10_000

    /// - Parameter path: what follows the service's own path: empty, or beginning with `/`.
    /// - Returns: nil where it names nothing.
    package init?(path: some StringProtocol) {
        var words = String(path).split(separator: "/", omittingEmptySubsequences: false).map { String($0) }[...]
        guard words.popFirst() == "" else { return nil }
        if words.last == "" { words.removeLast() }
        switch words.first {
        case "studies": self.init(study: words.dropFirst())
        case "series" where words.count == 1: self = .allSeries
        case "instances" where words.count == 1: self = .allInstances
        default: return nil
        }
    }

    private init?(study words: ArraySlice<String>) {
        guard let study = words.first else {
            self = .studies
            return
        }
        guard Self.isUID(study) else { return nil }
        let scope = Scope(study: study)
        let rest = words.dropFirst()
        switch rest.first {
        case "series" where rest.count == 1: self = .seriesOfStudy(scope)
        case "series": self.init(series: rest.dropFirst(), of: scope)
        case "instances" where rest.count == 1: self = .instancesOf(scope)
        default: self.init(view: rest, of: scope)
        }
    }

    private init?(series words: ArraySlice<String>, of study: Scope) {
        guard let series = words.first, Self.isUID(series) else { return nil }
        let scope = Scope(study: study.studyInstanceUID, series: series)
        let rest = words.dropFirst()
        switch rest.first {
        case "instances" where rest.count == 1: self = .instancesOf(scope)
        case "instances":
            guard let instance = rest.dropFirst().first, Self.isUID(instance) else { return nil }
            self.init(
                instance: rest.dropFirst(2),
                scope: Scope(study: scope.studyInstanceUID, series: series, instance: instance))
        default: self.init(view: rest, of: scope)
        }
    }

    private init?(instance words: ArraySlice<String>, scope: Scope) {
        switch words.first {
        case "frames":
            guard let list = words.dropFirst().first, let frames = Self.frames(list) else { return nil }
            switch words.dropFirst(2) {
            case []: self = .frames(scope, frames)
            case ["rendered"]: self = .rendered(scope, frames: frames)
            case ["thumbnail"]: self = .thumbnail(scope, frames: frames)
            default: return nil
            }
        case "bulkdata":
            guard let path = BulkDataPath(words: words.dropFirst()) else { return nil }
            self = .bulkData(scope, path)
        default: self.init(view: words, of: scope)
        }
    }

    private init?(view words: ArraySlice<String>, of scope: Scope) {
        switch words {
        case []: self = .objects(scope)
        case ["metadata"]: self = .metadata(scope)
        case ["rendered"]: self = .rendered(scope, frames: nil)
        case ["thumbnail"]: self = .thumbnail(scope, frames: nil)
        default: return nil
        }
    }

    /// Numbers from 1, separated by commas.
    private static func frames(_ list: String) -> [Int]? {
        let plain = list.replacingOccurrences(of: "%2C", with: ",", options: .caseInsensitive)
        let words = plain.split(separator: ",", maxSplits: maximumFrames, omittingEmptySubsequences: false)
        let frames = words.compactMap { Int($0) }.filter { $0 > 0 }
        return frames.count == words.count && frames.count <= maximumFrames ? frames : nil
    }

    /// At most 64 digits and dots (PS3.5 §9.1).
    package static func isUID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
    }
}
