import Foundation
import HilumCLI
import Imaging
import Testing

struct PreprocessCommandTests {
    private static let input =
        #"{"size": [2, 2], "channels": 1, "intensity": {"scale": "unit", "mean": [0.5], "std": [0.25]}}"#

    @Test func anImageBecomesTheTensorThatANetworkSeesAndAFileThatFailsALineThatSaysWhy() async throws {
        try await withTemporaryFolder { folder in
            let (image, broken) = (folder.appending(path: "grey.png"), folder.appending(path: "broken.dcm"))
            try PNGImage.encode(grey: [0, 255, 255, 0] as [UInt8], rows: 2, columns: 2).write(to: image)
            try Data("no image".utf8).write(to: broken)
            try Data(Self.input.utf8).write(to: folder.appending(path: "input.json"))
            try Data("\(image.path)\n\(broken.path)\n".utf8).write(to: folder.appending(path: "list"))
            let out = folder.appending(path: "tensors")

            let console = RecordingConsole()
            let code = await console.run(
                "preprocess", "--input", folder.path + "/input.json", "--out", out.path, "@\(folder.path)/list")
            #expect(code == .refused)
            #expect(console.output == "1 of 2 tensors written\n")

            let tensor = try Data(contentsOf: out.appending(path: "grey.npy"))
            #expect(tensor.suffix(16) == NumPyFile.encode([-2, 2, 2, -2], shape: [1, 2, 2]).suffix(16))
            let lines = try String(contentsOf: out.appending(path: "index.jsonl"), encoding: .utf8)
                .split(separator: "\n").map { try JSONDecoder().decode(TensorEntry.self, from: Data($0.utf8)) }
            #expect(lines.map(\.source) == [image.path, broken.path])
            #expect(lines.map(\.tensor) == ["grey.npy", nil])
            #expect(lines[1].error?.isEmpty == false)
        }
    }

    @Test func twoFilesOfOneNameAreAnErrorBeforeAnythingIsRead() async throws {
        try await withTemporaryFolder { folder in
            try Data(Self.input.utf8).write(to: folder.appending(path: "input.json"))
            let console = RecordingConsole()
            let code = await console.run(
                "preprocess", "--input", folder.path + "/input.json", "--out", folder.path, "a/7.dcm", "b/7.png")
            #expect(code == .usage)
            #expect(console.errors.contains("a/7.dcm and b/7.png would both become 7.npy"))
        }
    }

    @Test(arguments: [
        #"{"size": [0, 0], "intensity": {"scale": "unit", "mean": [0.5], "std": [0.25]}}"#,
        #"{"size": [2, 2], "intensity": {"scale": "unit", "mean": [0.5], "std": [0]}}"#,
        #"{"size": [2, 2], "intensity": {"scale": "unit", "mean": [0.5, 0.5], "std": [0.25]}}"#, "[]", "",
    ])
    func anInputThatNoNetworkHasIsRefused(input: String) async throws {
        try await withTemporaryFolder { folder in
            try Data(input.utf8).write(to: folder.appending(path: "input.json"))
            let console = RecordingConsole()
            let code = await console.run(
                "preprocess", "--input", folder.path + "/input.json", "--out", folder.path, "a.png")
            #expect(code == .file)
            #expect(console.errors.contains("input"))
        }
    }

    @Test(arguments: [
        ("test/000012.dcm", "000012"), ("1.2.840.10008.1", "1.2.840.10008.1"), ("scan.nii.gz", "scan"),
        ("series/0007/", "0007"), ("a.b.PNG", "a.b"),
    ])
    func aTensorHasItsFilesNameWithoutTheExtensionOfAnImage(path: String, name: String) {
        #expect(TensorName.of(path) == name)
    }
}
