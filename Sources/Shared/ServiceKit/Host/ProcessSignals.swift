@preconcurrency import Dispatch
import Foundation

/// Turns signals of the process into values, and makes the process ignore SIGPIPE.
package struct ProcessSignals: Sendable {
    /// The number of each signal, as it comes.
    package let received: AsyncStream<Int32>

    /// - Parameter numbers: the signals that lose their default action.
    package init(_ numbers: [Int32] = [SIGTERM, SIGINT]) {
        signal(SIGPIPE, SIG_IGN)
        received = AsyncStream { continuation in
            let sources = numbers.map { number in
                signal(number, SIG_IGN)  // or the default action would come before the source
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { continuation.yield(number) }
                source.resume()
                return source
            }
            continuation.onTermination = { _ in sources.forEach { $0.cancel() } }
        }
    }
}
