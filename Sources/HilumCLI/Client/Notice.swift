package import Wire

/// What the bundles behind an answer may be used for: printed wherever model output is printed.
package enum Notice {
    /// One line for each intended use.
    package static func text(_ models: [ModelRef]) -> String {
        var names: [String: [String]] = [:]
        for model in models {
            let name = model.version.isEmpty ? model.name : "\(model.name)/\(model.version)"
            let use = model.intendedUse.isEmpty ? "intended use not stated; not for clinical use" : model.intendedUse
            if names[use]?.contains(name) != true { names[use, default: []].append(name) }
        }
        return names.sorted { $0.key < $1.key }.map { use, names in "\(names.joined(separator: ", ")): \(use)" }
            .joined(separator: "\n")
    }

    static func models(of response: ClassifyResponse) -> [ModelRef] {
        (response.model.map { [$0] } ?? []) + response.findings.compactMap(\.model)
    }

    static func models(of study: Study) -> [ModelRef] {
        study.instances.compactMap(\.classification).flatMap(models) + study.plans.compactMap(\.model)
    }

    /// The notice for output that does not name its bundles: that of all bundles the server holds.
    static func ofAllModels(_ server: Server, _ console: Console) async -> String {
        let models = await ModelList.fetch(server, console).flatMap(\.models)
        return models.isEmpty
            ? "Findings come from models whose intended use is not known here; not for clinical use"
            : text(models.compactMap(\.ref))
    }
}

/// The bundles of the services behind a server.
struct ModelList {
    let service: String
    let models: [ModelInfo]
    /// Why the service did not say; `nil` when it did.
    let failure: Failure?

    /// Asks both services; one that the server does not route to says so in `failure`.
    static func fetch(_ server: Server, _ console: Console) async -> [ModelList] {
        [
            await fetch("classifier", ClassifierServiceMethods.listModels, server, console),
            await fetch("planning", PlanningServiceMethods.listModels, server, console),
        ]
    }

    private static func fetch(
        _ service: String, _ method: MethodDescriptor<ListModelsRequest, ListModelsResponse>, _ server: Server,
        _ console: Console
    ) async -> ModelList {
        do throws(Failure) {
            let response = try await server.call(method, ListModelsRequest(), subject: service, console)
            return ModelList(service: service, models: response.models, failure: nil)
        } catch {
            return ModelList(service: service, models: [], failure: error)
        }
    }
}
