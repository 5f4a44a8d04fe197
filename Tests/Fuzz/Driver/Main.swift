import Foundation
import FuzzTargets

@_silgen_name("LLVMFuzzerRunDriver")
private func runLibFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// libFuzzer on the target that HILUM_FUZZ_TARGET names; the arguments are libFuzzer's own.
@main
enum Main {
    private static let target = ProcessInfo.processInfo.environment["HILUM_FUZZ_TARGET"].flatMap(FuzzTarget.named)

    static func main() {
        guard target != nil else {
            print("HILUM_FUZZ_TARGET is none of: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
            exit(2)
        }
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(
            runLibFuzzer(&count, &arguments) { bytes, count in
                Main.target?.run(bytes.map { Data(bytes: $0, count: count) } ?? Data())
                return 0
            })
    }
}
