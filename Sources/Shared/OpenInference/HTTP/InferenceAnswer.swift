import Foundation
import HTTP
import Wire

/// Answers of the protocol over HTTP.
enum InferenceAnswer {
    static func json(_ write: (JSONOutput) throws(InferenceError) -> Void) throws(InferenceError) -> HTTPResponse {
        let output = JSONOutput(pretty: false)
        try write(output)
        return response(200, output)
    }

    private static func response(_ status: Int, _ output: JSONOutput, fields: HTTPFields = [:]) -> HTTPResponse {
        var fields = fields
        fields["content-type"] = "application/json"
        return HTTPResponse(status: status, fields: fields, body: .data(Data(output.bytes)))
    }

    /// - Parameter message: one sentence; no patient data.
    static func error(_ status: Int, _ message: String, fields: HTTPFields = [:]) -> HTTPResponse {
        let output = JSONOutput(pretty: false)
        output.append("{")
        output.append(key: "error")
        output.append(quoted: message)
        output.append("}")
        return response(status, output, fields: fields)
    }

    /// What a model made of a request.
    ///
    /// - Parameter isBinary: of each output: bytes after the JSON rather than numbers in it.
    static func inference(
        _ request: InferenceRequest, _ outputs: [Tensor], isBinary: [Bool], of model: HostedModel
    ) throws(InferenceError) -> HTTPResponse {
        let tensors = Array(zip(outputs, isBinary))
        let output = JSONOutput(pretty: false)
        try output.object { (first) throws(InferenceError) in
            output.member("model_name", text: model.name, &first)
            output.member("model_version", text: model.version, &first)
            if !request.id.isEmpty { output.member("id", text: request.id, &first) }
            output.member("parameters", &first)
            try output.object { output.member("intended_use", text: model.intendedUse, &$0) }
            output.member("outputs", &first)
            try output.array(tensors) { (tensor, isBinary) throws(InferenceError) in
                try write(tensor, isBinary: isBinary, to: output)
            }
        }
        guard isBinary.contains(true) else { return response(200, output) }
        var body = Data(output.bytes)
        for (tensor, isBinary) in tensors where isBinary { body.append(tensor.bytes) }
        let fields: HTTPFields = [
            "content-type": "application/octet-stream", InferenceBody.headerLengthField: String(output.bytes.count),
        ]
        return HTTPResponse(status: 200, fields: fields, body: .data(body))
    }

    private static func write(
        _ tensor: Tensor, isBinary: Bool, to output: JSONOutput
    ) throws(InferenceError) {
        try output.object { (first) throws(InferenceError) in
            output.member("name", text: tensor.name, &first)
            output.member("datatype", text: tensor.datatype.rawValue, &first)
            output.member("shape", &first)
            try output.array(tensor.shape) { output.append(String($0)) }
            if isBinary {
                output.member("parameters", &first)
                try output.object { output.member("binary_data_size", number: tensor.bytes.count, &$0) }
            } else {
                output.member("data", &first)
                try output.elements(of: tensor)
            }
        }
    }
}
