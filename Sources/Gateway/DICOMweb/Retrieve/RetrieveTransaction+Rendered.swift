import DICOMweb
import Foundation
import HTTP
import Imaging

extension RetrieveTransaction {
    /// Images to be looked at: one alone, or those of a series, a study or a list of frames as parts.
    func rendered(_ scope: Resource.Scope, frames: [Int]?, _ call: DICOMwebCall) async throws -> HTTPResponse {
        let options = try RenderOptions(call.query)
        let form = try RenderedForm(call.accept)
        let first = try await first(of: scope)
        guard form.isMultipart || scope.sopInstanceUID == nil || frames?.count ?? 1 > 1 else {
            let frame = frames?.first ?? 1
            let bytes = try await render(first, frame: frame - 1, options, form)
            return HTTPResponse(
                status: 200, fields: ["content-type": form.type.essence, "cache-control": "no-store"],
                body: .data(bytes))
        }
        let writer = MultipartWriter()
        return HTTPResponse(
            status: 200, fields: ["content-type": writer.contentType(form.type), "cache-control": "no-store"],
            body: .pulled {
                let stream = RenderedStream(
                    PagedInstances(index, scope), transaction: self, frames: frames, options: options, form: form,
                    writer: writer, url: call.url)
                return { try await stream.next() }
            })
    }

    /// One small image that stands for all.
    func thumbnail(_ scope: Resource.Scope, frames: [Int]?, _ call: DICOMwebCall) async throws -> HTTPResponse {
        var options = try RenderOptions(call.query)
        if options.rendering.viewport == nil { options.rendering.viewport = (Self.thumbnailSize, Self.thumbnailSize) }
        let form = try RenderedForm(call.accept)
        let candidates = try await index.instances(of: scope, after: 0, limit: Self.thumbnailCandidates)
        guard !candidates.isEmpty else { throw Problem.notFound }
        var problem: Problem?
        for instance in candidates {
            do {
                let bytes = try await render(instance, frame: (frames?.first ?? 1) - 1, options, form)
                return HTTPResponse(
                    status: 200, fields: ["content-type": form.type.essence, "cache-control": "no-store"],
                    body: .data(bytes))
            } catch let error as Problem {
                // A report or a broken image stands for nothing; another may.
                problem = problem ?? error
            }
        }
        throw problem ?? Problem.notFound
    }

    /// Edge of a thumbnail, pixels, where the client does not say.
    private static let thumbnailSize = 128
    /// Instances among which one that can be shown is looked for.
    private static let thumbnailCandidates = 16

    /// - Parameter frame: counted from 0.
    func render(
        _ instance: HeldInstance, frame: Int, _ options: RenderOptions, _ form: RenderedForm
    ) async throws -> Data {
        try await work {
            let image = try options.rendering.render(try dataSet(of: instance), frame: frame)
            return form.type == .png ? try image.png() : try image.jpeg(quality: options.quality)
        }
    }
}

/// In which form a client wants images.
struct RenderedForm: Equatable, Sendable {
    let type: ContentType
    let isMultipart: Bool

    private static let offers: [ContentType] = [.jpeg, .png]

    /// - Throws: `Problem` 406.
    init(_ accept: Accept) throws {
        if let type = accept.best(of: Self.offers) {
            self.type = type
            isMultipart = false
            return
        }
        for range in accept.ranges where range.quality > 0 && range.type.isMultipart {
            let wanted = ContentType(range.type.partEssence ?? "image/jpeg")
            guard let type = Self.offers.first(where: { wanted.covers($0.essence) }) else { continue }
            self.type = type
            isMultipart = true
            return
        }
        throw Problem.notAcceptable(Self.offers.map(\.essence))
    }
}

/// The parameters of a rendered image (PS3.18 §8.3.5.1).
struct RenderOptions: Equatable, Sendable {
    var rendering = FrameRendering()
    /// 1…100.
    var quality = 90

    /// Largest edge of a viewport, pixels.
    private static let maximumEdge = 8192

    /// - Throws: `Problem` 400.
    init(_ query: QueryItems) throws {
        for item in query.items {
            switch item.name.lowercased() {
            case "window": rendering.window = try Self.window(item.value)
            case "viewport": try readViewport(item.value)
            case "quality":
                guard let value = Int(item.value), (1...100).contains(value) else {
                    throw Problem.badRequest("quality is a whole number from 1 to 100.")
                }
                quality = value
            case "accept", "charset", "annotation", "iccprofile": break
            default: throw Problem.badRequest("A parameter is none of window, viewport, quality, accept.")
            }
        }
    }

    /// `centre,width[,function]`.
    private static func window(_ text: String) throws -> VOITransform {
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let functions: [String: VOITransform.Function] = [
            "linear": .linear, "linear-exact": .linearExact, "sigmoid": .sigmoid,
        ]
        let function = words.count > 2 ? functions[words[2].lowercased()] : .linear
        guard (2...3).contains(words.count), let function, let center = Double(words[0]), let width = Double(words[1]),
            center.isFinite, width.isFinite, abs(center) < 1e9, function == .linear ? width >= 1 : width > 0
        else {
            throw Problem.badRequest("window is centre,width,function; function: linear, linear-exact or sigmoid.")
        }
        return .window(center: center, width: width, function: function)
    }

    /// `width,height[,x,y,width,height]` of the viewport and of the part that is shown; a negative size mirrors it.
    private mutating func readViewport(_ text: String) throws {
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let malformed = Problem.badRequest(
            "viewport is width,height[,x,y,width,height], edges up to \(Self.maximumEdge) pixels.")
        let numbers = words.map { $0.isEmpty ? 0 : Double($0) ?? .nan }
        guard words.count == 2 || words.count == 6, numbers.allSatisfy({ $0.isFinite && abs($0) < 1e6 }) else {
            throw malformed
        }
        let edges = numbers.prefix(2).map { Int($0) }
        guard edges.allSatisfy({ (1...Self.maximumEdge).contains($0) }) else { throw malformed }
        rendering.viewport = (rows: edges[1], columns: edges[0])
        guard words.count == 6 else { return }
        rendering.isFlippedHorizontally = numbers[4] < 0
        rendering.isFlippedVertically = numbers[5] < 0
        rendering.region = ImageRegion(
            rows: Self.range(from: numbers[3], length: numbers[5]),
            columns: Self.range(from: numbers[2], length: numbers[4]))
    }

    /// No length: to the end.
    private static func range(from start: Double, length: Double) -> Range<Int> {
        let first = max(0, Int(start))
        return first..<(length == 0 ? Int(Int32.max) : first + max(1, Int(abs(length))))
    }
}
