import DICOMweb
import Foundation
import HTTP
import Imaging

/// The body of an answer with many images; used by one task. What has no pixels is left out.
final class RenderedStream {
    private var instances: PagedInstances
    private let transaction: RetrieveTransaction
    private let frames: [Int]?
    private let options: RenderOptions
    private let form: RenderedForm
    private let writer: MultipartWriter
    private let url: (Resource.Scope) -> String
    private var current: (instance: HeldInstance, frames: ArraySlice<Int>)?
    private var hasEnded = false

    init(
        _ instances: PagedInstances, transaction: RetrieveTransaction, frames: [Int]?, options: RenderOptions,
        form: RenderedForm, writer: MultipartWriter, url: @escaping (Resource.Scope) -> String
    ) {
        self.instances = instances
        self.transaction = transaction
        self.frames = frames
        self.options = options
        self.form = form
        self.writer = writer
        self.url = url
    }

    func next() async throws -> Data? {
        while !hasEnded {
            if let part = try await nextPart() { return part }
            guard let instance = try await instances.next() else {
                hasEnded = true
                return writer.tail
            }
            current = (instance, try await frameNumbers(of: instance)[...])
        }
        return nil
    }

    private func frameNumbers(of instance: HeldInstance) async throws -> [Int] {
        if let frames { return frames }
        let transaction = transaction
        let count = try? await transaction.work {
            try transaction.dataSet(of: instance).int(.numberOfFrames) ?? 1
        }
        return Array(1...max(1, min(count ?? 1, Resource.maximumFrames)))
    }

    private func nextPart() async throws -> Data? {
        while let frame = current?.frames.popFirst(), let instance = current?.instance {
            do {
                let image = try await transaction.render(instance, frame: frame - 1, options, form)
                let location = "\(url(instance.scope))/frames/\(frame)/rendered"
                return writer.head(["content-type": form.type.essence, "content-location": location]) + image
            } catch is Problem where frames == nil {
                current = nil
            }
        }
        return nil
    }
}
