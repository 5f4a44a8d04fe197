import Foundation
import NeuralNetwork
import Testing

@Suite struct `Model bundles` {
    let bundles: TemporaryBundles
    let pool: ComputePool

    init() throws {
        bundles = try TemporaryBundles()
        pool = try ComputePool(threads: 1)
    }

    private func load() throws -> ModelStore { try ModelStore.load(root: bundles.root.path, pool: pool) }

    @Test func `the newest version serves, in numeric order`() throws {
        for version in ["9", "10", "2"] { try bundles.add(version: version) }
        try bundles.add("another", version: "1")
        let store = try load()
        #expect(store.models.map(\.manifest.name) == ["another", "heart"])
        #expect(store.models.map(\.manifest.version) == ["1", "10"])
        #expect(store.failures.isEmpty)
    }

    @Test func `a version that fails leaves the one before it serving and says why`() throws {
        try bundles.add(version: "1")
        try bundles.add(version: "2") { _, weights in weights[weights.count - 1] ^= 1 }
        try bundles.add(version: "3") { manifest, _ in manifest["golden"] = nil }
        let store = try load()
        #expect(store.models.map(\.manifest.version) == ["1"])
        #expect(store.failures.map(\.version) == ["3", "2"])
        #expect(store.failures.first?.error == .manifestMalformed(field: "golden", reason: "missing"))
        guard case .checksumMismatch("model.safetensors", _, _) = store.failures.last?.error else {
            Issue.record("\(String(describing: store.failures.last?.error))")
            return
        }
    }

    @Test func `weights that compute something else than training recorded do not serve`() throws {
        try bundles.add(version: "1") { manifest, _ in
            var golden = manifest["golden"] as? [String: Any] ?? [:]
            var output = golden["output"] as? [Double] ?? []
            output[5] += 0.01
            golden["output"] = output
            manifest["golden"] = golden
        }
        let store = try load()
        #expect(store.models.isEmpty)
        guard case .goldenOutputDiffers(index: 5, _, _, tolerance: 1e-3) = store.failures.first?.error else {
            Issue.record("\(String(describing: store.failures.first?.error))")
            return
        }
    }

    @Test func `a bundle without a tensor names it`() throws {
        try bundles.add(version: "1") { manifest, weights in
            // Same length, other name.
            let name = Data("out_tr.conv2.bias".utf8)
            guard let range = weights.range(of: name) else { return }
            weights.replaceSubrange(range, with: Data("out_tr.conv2.bios".utf8))
            manifest["weights"] = ["file": "model.safetensors", "sha256": (try? Shell.sha256(weights)) ?? ""]
        }
        let store = try load()
        #expect(store.failures.map(\.error) == [.tensorMissing(name: "out_tr.conv2.bias")])
    }

    @Test func `a folder that is not a bundle, or one under another name, is a failure`() throws {
        let folder = try bundles.add(version: "1")
        try FileManager.default.moveItem(at: folder, to: bundles.root.appending(path: "heart/2"))
        try FileManager.default.createDirectory(
            at: bundles.root.appending(path: "empty/1"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            at: bundles.root.appending(path: ".unfinished/1"), withIntermediateDirectories: true)
        let store = try load()
        #expect(store.models.isEmpty)
        #expect(
            store.failures.map(\.error) == [
                .fileUnreadable(file: "model.json", code: 2),
                .manifestMalformed(field: "version", reason: "differs from its folder"),
            ])
    }

    @Test func `a root that does not exist is an error`() {
        #expect(throws: NeuralNetworkError.fileUnreadable(file: "nowhere", code: 2)) {
            try ModelStore.load(root: "/nowhere", pool: pool)
        }
    }

    static let wrongFields: [(path: [String], value: any Sendable, field: String)] = [
        (["format"], 2, "format"),
        (["name"], "", "name"),
        (["architecture", "type"], "ResNet", "architecture.type"),
        (["architecture", "in_channels"], "one", "architecture.in_channels"),
        (["architecture", "out_channels"], 2, "outputs"),
        (["input", "size"], [16, 16], "input.size"),
        (["input", "size"], [16, 16, 5000], "input.size"),
        (["input", "intensity", "std"], [0.0], "input.intensity.std"),
        (["input", "intensity", "mean"], [0.5, 0.5], "input.intensity"),
        (["weights", "file"], "../../secret", "weights.file"),
        (["weights", "sha256"], "abc", "weights.sha256"),
        (["golden", "shape"], [1, 1, 16, 16, 32], "golden.shape"),
        (["golden", "output"], [Double](), "golden.output"),
        (["golden", "tolerance"], 0, "golden.tolerance"),
    ]

    @Test(arguments: wrongFields.indices)
    func `a wrong field of the manifest is named`(index: Int) throws {
        let (path, value, field) = Self.wrongFields[index]
        func setting(_ object: Any?, _ path: ArraySlice<String>) -> Any {
            guard let key = path.first else { return value }
            var object = object as? [String: Any] ?? [:]
            object[key] = setting(object[key], path.dropFirst())
            return object
        }
        let folder = try bundles.add(version: "1") { manifest, _ in
            manifest = setting(manifest, path[...]) as? [String: Any] ?? [:]
        }
        do throws(NeuralNetworkError) {
            _ = try ModelBundle(directory: folder.path)
            Issue.record("accepted")
        } catch {
            guard case .manifestMalformed(field, _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `the golden ramp is the fractional hash of the index`() {
        let ramp = GoldenInput.ramp(count: 3)
        #expect(ramp == [0, Float(2_654_435_761.0 / 0x1p32), Float((2 * 2_654_435_761.0 - 0x1p32) / 0x1p32)])
    }
}
