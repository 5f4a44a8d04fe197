/// Every message type: for finding its descriptor fast, tests and fuzzing.
package enum AllMessages {
    package static let types: [any Message.Type] = [
        HealthCheckRequest.self, HealthCheckResponse.self, HealthListRequest.self, HealthListResponse.self,
        ServerReflectionRequest<ReflectionV1>.self, ServerReflectionResponse<ReflectionV1>.self,
        ExtensionRequest<ReflectionV1>.self, FileDescriptorResponse<ReflectionV1>.self,
        ExtensionNumberResponse<ReflectionV1>.self, ListServiceResponse<ReflectionV1>.self,
        ServiceResponse<ReflectionV1>.self, ErrorResponse<ReflectionV1>.self,
        ServerReflectionRequest<ReflectionV1Alpha>.self, ServerReflectionResponse<ReflectionV1Alpha>.self,
        ExtensionRequest<ReflectionV1Alpha>.self, FileDescriptorResponse<ReflectionV1Alpha>.self,
        ExtensionNumberResponse<ReflectionV1Alpha>.self, ListServiceResponse<ReflectionV1Alpha>.self,
        ServiceResponse<ReflectionV1Alpha>.self, ErrorResponse<ReflectionV1Alpha>.self,
        ConformanceRequest.self, ConformanceResponse.self, ConformanceFailure.self,
        ModelRef.self, ModelInfo.self, ListModelsRequest.self, ListModelsResponse.self, Timing.self, Coding.self,
        ErrorInfo.self,
        ClassifyRequest.self, ClassifyResponse.self, Finding.self, ImageQuality.self, QualityGate.self,
        PlanViewsRequest.self, PlanViewsResponse.self, Vector3.self, ViewPlane.self, SliceGroup.self, Reformat.self,
        SubmitRequest.self, SubmitResponse.self, SubmitResult.self,
        CompleteStudyRequest.self, CompleteStudyResponse.self, GetStudyRequest.self, GetStudyResponse.self,
        Study.self, Instance.self,
        ListWorklistRequest.self, ListWorklistResponse.self, WorklistEntry.self,
        ReviewStudyRequest.self, ReviewStudyResponse.self, ReviewEvent.self,
        WatchWorklistRequest.self, WorklistEvent.self,
        RetryStudiesRequest.self, RetryStudiesResponse.self,
        ExplainRouteRequest.self, ExplainRouteResponse.self, RuleVerdict.self, ConditionVerdict.self,
        ServerLiveRequest.self, ServerLiveResponse.self, ServerReadyRequest.self, ServerReadyResponse.self,
        ModelReadyRequest.self, ModelReadyResponse.self, ServerMetadataRequest.self, ServerMetadataResponse.self,
        ModelMetadataRequest.self, ModelMetadataResponse.self, ModelMetadataResponse.TensorMetadata.self,
        InferParameter.self, InferTensorContents.self,
        ModelInferRequest.self, ModelInferRequest.InferInputTensor.self,
        ModelInferRequest.InferRequestedOutputTensor.self,
        ModelInferResponse.self, ModelInferResponse.InferOutputTensor.self,
        RepositoryIndexRequest.self, RepositoryIndexResponse.self, RepositoryIndexResponse.ModelIndex.self,
        ModelConfig.self, ModelInput.self, ModelOutput.self, ModelConfigRequest.self, ModelConfigResponse.self,
        ModelStatisticsRequest.self, ModelStatisticsResponse.self, StatisticDuration.self, InferStatistics.self,
        InferBatchStatistics.self, ModelStatistics.self,
    ]

    package static func type(named name: String) -> (any Message.Type)? {
        types.first { $0.fullName == name }
    }
}
