import HTTP
import Wire

/// What is said of the server and its models.
extension InferenceAnswer {
    static func server(_ server: InferenceServer) throws(InferenceError) -> HTTPResponse {
        try json { (output) throws(InferenceError) in
            try output.object { (first) throws(InferenceError) in
                output.member("name", text: server.name, &first)
                output.member("version", text: server.version, &first)
                output.member("extensions", &first)
                try output.array(InferenceServer.extensions) { output.append(quoted: $0) }
            }
        }
    }

    static func metadata(_ model: HostedModel) throws(InferenceError) -> HTTPResponse {
        try json { (output) throws(InferenceError) in
            func tensor(_ description: TensorDescription) throws(InferenceError) {
                try output.object { (first) throws(InferenceError) in
                    output.member("name", text: description.name, &first)
                    output.member("datatype", text: description.datatype.rawValue, &first)
                    output.member("shape", &first)
                    try output.array(description.shape) { output.append(String($0)) }
                }
            }
            try output.object { (first) throws(InferenceError) in
                output.member("name", text: model.name, &first)
                output.member("versions", &first)
                try output.array([model.version]) { output.append(quoted: $0) }
                output.member("platform", text: model.platform, &first)
                output.member("inputs", &first)
                try output.array(model.inputs, tensor)
                output.member("outputs", &first)
                try output.array(model.outputs, tensor)
            }
        }
    }

    /// In Triton's terms.
    static func configuration(_ model: HostedModel) throws(InferenceError) -> HTTPResponse {
        try json { (output) throws(InferenceError) in
            func tensor(_ description: TensorDescription) throws(InferenceError) {
                try output.object { (first) throws(InferenceError) in
                    output.member("name", text: description.name, &first)
                    output.member("data_type", text: description.datatype.configuredName, &first)
                    output.member("dims", &first)
                    try output.array(description.itemShape) { output.append(String($0)) }
                }
            }
            try output.object { (first) throws(InferenceError) in
                output.member("name", text: model.name, &first)
                output.member("platform", text: model.platform, &first)
                output.member("backend", text: "hilum", &first)
                output.member("max_batch_size", number: model.maxBatch, &first)
                output.member("input", &first)
                try output.array(model.inputs, tensor)
                output.member("output", &first)
                try output.array(model.outputs, tensor)
            }
        }
    }

    static func index(_ entries: [ModelCatalog.Entry]) throws(InferenceError) -> HTTPResponse {
        try json { (output) throws(InferenceError) in
            try output.array(entries) { (entry) throws(InferenceError) in
                try output.object { (first) throws(InferenceError) in
                    output.member("name", text: entry.name, &first)
                    output.member("version", text: entry.version, &first)
                    output.member("state", text: entry.state, &first)
                    output.member("reason", text: entry.reason ?? "", &first)
                }
            }
        }
    }

    static func statistics(_ models: [HostedModel]) throws(InferenceError) -> HTTPResponse {
        try json { (output) throws(InferenceError) in
            try output.object { (first) throws(InferenceError) in
                output.member("model_stats", &first)
                try output.array(models) { (model) throws(InferenceError) in
                    try statistics(model, to: output)
                }
            }
        }
    }

    private static func statistics(_ model: HostedModel, to output: JSONOutput) throws(InferenceError) {
        let figures = model.statistics.snapshot
        typealias Total = InferenceStatistics.Total
        func totals(_ totals: KeyValuePairs<String, Total>, _ first: inout Bool) throws(InferenceError) {
            for (name, total) in totals {
                output.member(name, &first)
                try output.object { first in
                    output.member("count", number: total.count, &first)
                    output.member("ns", number: total.nanoseconds, &first)
                }
            }
        }
        try output.object { (first) throws(InferenceError) in
            output.member("name", text: model.name, &first)
            output.member("version", text: model.version, &first)
            output.member("last_inference", number: figures.lastInference, &first)
            output.member("inference_count", number: figures.inferences, &first)
            output.member("execution_count", number: figures.executions, &first)
            output.member("inference_stats", &first)
            try output.object { (first) throws(InferenceError) in
                try totals(
                    [
                        "success": figures.success, "fail": figures.failure, "queue": figures.queue,
                        "compute_input": figures.input, "compute_infer": figures.network,
                        "compute_output": figures.output, "cache_hit": Total(), "cache_miss": Total(),
                    ], &first)
            }
            output.member("batch_stats", &first)
            try output.array(figures.batches.sorted { $0.key < $1.key }) { (size, batch) throws(InferenceError) in
                try output.object { (first) throws(InferenceError) in
                    output.member("batch_size", number: size, &first)
                    try totals(
                        [
                            "compute_input": batch.input, "compute_infer": batch.network,
                            "compute_output": batch.output,
                        ], &first)
                }
            }
        }
    }
}
