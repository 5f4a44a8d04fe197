import Dispatch

/// What `body` gives for 0..<count, in order, computed on all processors; the calling thread takes part and waits.
///
/// - Throws: the error of the lowest index that has one; the others are computed all the same.
package func concurrentMap<Value: Sendable, Failure: Error>(
    _ count: Int, _ body: @Sendable (Int) throws(Failure) -> Value
) throws(Failure) -> [Value] {
    guard count > 0 else { return [] }
    let results = [Result<Value, Failure>](unsafeUninitializedCapacity: count) { buffer, initialized in
        nonisolated(unsafe) let places = buffer  // each is written by one thread
        DispatchQueue.concurrentPerform(iterations: count) { index in
            places.initializeElement(
                at: index, to: Result { () throws(Failure) in try body(index) })
        }
        initialized = count
    }
    var values: [Value] = []
    values.reserveCapacity(count)
    for result in results { values.append(try result.get()) }
    return values
}
