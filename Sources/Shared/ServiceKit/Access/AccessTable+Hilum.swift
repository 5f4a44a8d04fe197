import HTTP

extension AccessTable {
    /// Every method and path of our programs. A new one needs its line here, or nobody gets to it.
    package static let hilum = AccessTable(methods: hilumMethods.merging(standardMethods) { $1 }, routes: hilumRoutes)

    private static let hilumMethods: [String: AccessRule] = [
        "hilum.v1.TriageService/Submit": .roles(.sender),
        "hilum.v1.TriageService/SubmitStream": .roles(.sender),
        "hilum.v1.TriageService/CompleteStudy": .roles(.sender),
        "hilum.v1.TriageService/GetStudy": .roles(.sender, .reader, .operator, audit: .resultRead),
        "hilum.v1.TriageService/ListWorklist": .roles(.reader, .operator, audit: .worklistRead),
        "hilum.v1.TriageService/WatchWorklist": .roles(.reader, .operator, audit: .worklistRead),
        "hilum.v1.TriageService/ReviewStudy": .roles(.reader, audit: .review),
        "hilum.v1.TriageService/RetryStudies": .roles(.operator),
        "hilum.v1.TriageService/ExplainRoute": .roles(.operator, .sender),
        "hilum.v1.ClassifierService/Classify": .roles(.sender, .console, .reader),
        "hilum.v1.ClassifierService/ListModels": .anyCaller,
        "hilum.v1.PlanningService/PlanViews": .roles(.sender, .console, .reader),
        "hilum.v1.PlanningService/ListModels": .anyCaller,
    ]

    /// Health, reflection, the Open Inference Protocol.
    private static let standardMethods: [String: AccessRule] = [
        "grpc.health.v1.Health/Check": .open,
        "grpc.health.v1.Health/List": .open,
        "grpc.health.v1.Health/Watch": .open,
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo": .anyCaller,
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": .anyCaller,
        "inference.GRPCInferenceService/ServerLive": .open,
        "inference.GRPCInferenceService/ServerReady": .open,
        "inference.GRPCInferenceService/ModelReady": .anyCaller,
        "inference.GRPCInferenceService/ServerMetadata": .anyCaller,
        "inference.GRPCInferenceService/ModelMetadata": .anyCaller,
        "inference.GRPCInferenceService/ModelConfig": .anyCaller,
        "inference.GRPCInferenceService/ModelStatistics": .anyCaller,
        "inference.GRPCInferenceService/RepositoryIndex": .anyCaller,
        "inference.GRPCInferenceService/ModelInfer": .roles(.sender, .console, .reader),
    ]

    private static let hilumRoutes = [
        AccessRoute("GET", "/healthz/live", .open),
        AccessRoute("GET", "/healthz/ready", .open),
        AccessRoute("GET", metricsPath, .open),
        AccessRoute("*", "/v2/health/**", .open),
        AccessRoute("*", "/v2/models/{model}/infer", .roles(.sender, .console, .reader)),
        AccessRoute("*", "/v2/models/{model}/versions/{version}/infer", .roles(.sender, .console, .reader)),
        AccessRoute("*", "/v2/**", .anyCaller),
        // Pages: files hold nothing of a patient; what they show they ask for.
        AccessRoute("GET", "/", .open),
        AccessRoute("GET", "/ui/api/caller", .anyCaller),
        AccessRoute("GET", "/ui/api/events", .roles(.reader, .operator, audit: .worklistRead)),
        AccessRoute("POST", "/ui/api/heatmaps", .roles(.reader, audit: .imageRead)),
        AccessRoute("GET", "/ui/api/statistics", .roles(.reader, .operator)),
        AccessRoute("GET", "/ui/api/machines", .roles(.reader, .operator)),
        AccessRoute("GET", "/ui/api/site", .roles(.operator)),
        AccessRoute("*", "/ui/api/**", .roles()),
        AccessRoute("GET", "/ui/**", .open),
        // DICOMweb (PS3.18 §10)
        AccessRoute("POST", "/dicom-web/studies", .roles(.sender)),
        AccessRoute("POST", "/dicom-web/studies/{study}", .roles(.sender)),
        AccessRoute("GET", "/dicom-web/studies/{study}/**", .roles(.reader, audit: .imageRead)),
        AccessRoute("GET", "/dicom-web/**", .roles(.reader, audit: .worklistRead)),
        // Answered by 405 alone.
        AccessRoute("*", "/dicom-web/**", .anyCaller),
    ]

    private static let metricsPath = "/metrics"

    /// This table where operators alone read the metrics.
    package func withMetrics(_ access: AccessOptions.MetricsAccess) -> AccessTable {
        guard access == .operator else { return self }
        var table = self
        table.routes.removeAll { $0.pattern == Self.metricsPath }
        table.routes.append(AccessRoute("GET", Self.metricsPath, .roles(.operator)))
        return table
    }
}
