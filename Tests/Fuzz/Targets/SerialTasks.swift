import Foundation

/// Runs the Tasks that are started or resumed on the current thread on that thread, in order, when asked to: so the
/// same bytes take the same way every time.
///
/// Tasks of other threads are left alone. It uses the hook by which Swift's runtime lets others place Tasks.
final class SerialTasks: TaskExecutor, @unchecked Sendable {  // touched by the thread that made it, and no other
    private typealias Original = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

    private var jobs: [UnownedJob] = []

    /// Takes the thread's Tasks for the length of `body`.
    static func with<R>(_ body: (SerialTasks) throws -> R) rethrows -> R {
        installHook
        let tasks = SerialTasks()
        pthread_setspecific(key, Unmanaged.passUnretained(tasks).toOpaque())
        defer { pthread_setspecific(key, nil) }
        return try withExtendedLifetime(tasks) { try body(tasks) }
    }

    /// Runs what waits, and what that starts.
    ///
    /// - Returns: whether there was anything.
    func runAll() -> Bool {
        guard !jobs.isEmpty else { return false }
        while !jobs.isEmpty {
            let waiting = jobs
            jobs.removeAll(keepingCapacity: true)
            for job in waiting { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
        return true
    }

    func enqueue(_ job: consuming ExecutorJob) {
        jobs.append(UnownedJob(job))
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    private static let installHook: Void = {
        guard let symbol = dlsym(nil, "swift_task_enqueueGlobal_hook") else { fatalError("the runtime has no hook") }
        symbol.assumingMemoryBound(to: Hook?.self).pointee = { job, original in
            guard let pointer = pthread_getspecific(SerialTasks.key) else { return original(job) }
            Unmanaged<SerialTasks>.fromOpaque(pointer).takeUnretainedValue().jobs.append(job)
        }
    }()
}
