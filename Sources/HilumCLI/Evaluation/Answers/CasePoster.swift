import RPC
import Synchronization
import Wire

/// Posts cases to the running services, several at a time.
struct CasePoster: Sendable {
    let classifier: Server
    let planner: Server
    /// Cases that are with the services at once.
    let parallel: Int
    let console: Console

    /// The answers in the order of the cases.
    ///
    /// - Throws: the first failure to reach a service, or to read a file.
    func answers(to cases: [EvaluationCase]) async throws(Failure) -> [CaseAnswer] {
        let views = cases.contains { $0.task == .plan } ? try await offeredViews() : []
        var answers = [CaseAnswer?](repeating: nil, count: cases.count)
        do {
            try await withThrowingTaskGroup(of: (Int, CaseAnswer).self) { group in
                var (next, done) = (0, 0)
                func start() {
                    guard next < cases.count else { return }
                    let index = next
                    group.addTask { (index, try await answer(to: cases[index], offered: views)) }
                    next += 1
                }
                for _ in 0..<parallel { start() }
                while let (index, answer) = try await group.next() {
                    answers[index] = answer
                    done += 1
                    console.progress("\(done) of \(cases.count) answered")
                    start()
                }
            }
        } catch {
            console.progress("")
            throw error as? Failure ?? Failure(.refused, "\(error)")
        }
        console.progress("")
        return answers.compactMap(\.self)
    }

    /// The views of the planner's bundles.
    private func offeredViews() async throws(Failure) -> [View] {
        let response = try await planner.call(
            PlanningServiceMethods.listModels, ListModelsRequest(), subject: "planning", console)
        let names = Set(response.models.filter(\.ready).flatMap(\.outputs))
        return ViewName.all.filter { names.contains($0.name) }.map(\.view)
    }

    private func answer(to item: EvaluationCase, offered: [View]) async throws -> CaseAnswer {
        do {
            switch item.task {
            case .classify:
                return try CaseAnswer(
                    item, try await patiently(classifier, ClassifierServiceMethods.classify, request(item)))
            case .plan:
                return try CaseAnswer(
                    item,
                    try await patiently(planner, PlanningServiceMethods.planViews, request(item, offered: offered)))
            }
        } catch let status as RPCStatus where status.code != .unavailable {
            return CaseAnswer(item, status)
        } catch let status as RPCStatus {
            throw Failure(
                status, subject: item.id, address: item.task == .classify ? classifier.address : planner.address)
        }
    }

    /// A call that waits where the service says that it has too much to do.
    private func patiently<Q: Message, R: Message>(
        _ server: Server, _ method: MethodDescriptor<Q, R>, _ request: Q
    ) async throws -> R {
        for attempt in 1...6 {
            do throws(RPCStatus) {
                return try await server.answer(method, request)
            } catch {
                guard error.code == .resourceExhausted else { throw error }
                try await Task.sleep(for: .milliseconds(100 << attempt))
            }
        }
        return try await server.answer(method, request)
    }

    private func request(_ item: EvaluationCase) throws(Failure) -> ClassifyRequest {
        guard item.files.count == 1 else { throw Failure(.file, "\(item.id): one file expected") }
        return ClassifyRequest(
            image: try InputFiles.read(item.path(item.files[0])), includeHeatmaps: item.structures?.isEmpty == false)
    }

    private func request(_ item: EvaluationCase, offered: [View]) throws(Failure) -> PlanViewsRequest {
        var request = PlanViewsRequest(views: offered)
        let files = try InputFiles.find(item.files.map(item.path))
        if files.count == 1, InputFiles.isNIfTI(files[0]) {
            request.nifti = try InputFiles.read(files[0])
        } else {
            for file in files { request.instances.append(try InputFiles.read(file)) }
        }
        return request
    }
}
