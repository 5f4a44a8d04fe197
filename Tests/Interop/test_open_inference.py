"""The Open Inference Protocol as Triton's own clients speak it, on the running services with the shipped models."""

import concurrent.futures
import gzip
import json
import pathlib
import re
import urllib.error
import urllib.request
import zlib

import numpy as np
import pytest

import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from tritonclient.utils import InferenceServerException

from conftest import MODELS
from test_services import Service, wait_for

# Service, model, input, output that the bundle's golden output is held against.
HOSTED = {
    "classifier": ("chest-xray", "image", "logits"),
    "planning": ("cardiac-views", "volume", "distance_maps"),
}
CLIENTS = {"http": triton_http, "grpc": triton_grpc}


def manifest(model):
    return json.loads(next((MODELS / model).glob("*/model.json")).read_text())


def golden_input(shape):
    """The ramp of the bundles: frac(i · 2654435761 / 2³²)."""
    index = np.arange(np.prod(shape), dtype=np.uint64)
    return ((index * 2654435761 % 2**32) / 2**32).astype(np.float32).reshape(shape)


def sampled(values, count):
    """What of a golden output the bundle keeps: of few values the first, of maps those at a flat stride."""
    values = values.reshape(-1)
    return values[:: max(1, len(values) // count)][:count] if len(values) > 64 else values[:count]


class Hosted:
    """One service with its model, and both of Triton's clients for it."""

    def __init__(self, system, service):
        self.model, self.input, self.output = HOSTED[service]
        self.manifest = manifest(self.model)
        self.address = f"127.0.0.1:{system.port(service)}"
        self.clients = {kind: module.InferenceServerClient(self.address) for kind, module in CLIENTS.items()}
        self.shape = self.manifest["golden"]["shape"]

    def tensor(self, kind, data, **options):
        tensor = CLIENTS[kind].InferInput(self.input, list(data.shape), "FP32")
        tensor.set_data_from_numpy(data, **options)
        return tensor

    def infer(self, kind, data, **options):
        return self.clients[kind].infer(self.model, [self.tensor(kind, data)], **options)

    def request(self, path, body=None, **headers):
        request = urllib.request.Request(f"http://{self.address}{path}", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def post(self, body, path=None, **headers):
        status, _, answer = self.request(path or f"/v2/models/{self.model}/infer", body, **headers)
        return status, json.loads(answer)


@pytest.fixture(scope="module", params=HOSTED)
def hosted(request, system):
    service = Hosted(system, request.param)
    yield service
    for client in service.clients.values():
        client.close()


@pytest.fixture(scope="module")
def chest(system):
    return Hosted(system, "classifier")


@pytest.mark.parametrize("kind", CLIENTS)
def test_health_and_metadata(hosted, kind):
    client = hosted.clients[kind]
    assert client.is_server_live() and client.is_server_ready()
    for version in ("", hosted.manifest["version"]):
        assert client.is_model_ready(hosted.model, version)
        metadata = as_dict(client.get_model_metadata(hosted.model, version))
        assert metadata["name"] == hosted.model
        assert metadata["versions"] == [hosted.manifest["version"]]
        (tensor,) = metadata["inputs"]
        assert (tensor["name"], tensor["datatype"]) == (hosted.input, "FP32")
        assert [int(extent) for extent in tensor["shape"]] == [-1, *hosted.shape[1:]]
        assert {tensor["name"] for tensor in metadata["outputs"]} >= {hosted.output}
    server = as_dict(client.get_server_metadata())
    assert server["name"].endswith("-service") and "statistics" in server["extensions"]
    config = as_dict(client.get_model_config(hosted.model))
    config = config.get("config", config)
    assert config["max_batch_size"] > 1
    assert [int(extent) for extent in config["input"][0]["dims"]] == hosted.shape[1:]
    index = as_dict(client.get_model_repository_index())
    (entry,) = index["models"] if kind == "grpc" else index
    assert (entry["name"], entry["state"]) == (hosted.model, "READY")


def as_dict(answer):
    """Both clients' answers as dictionaries with the names of the proto."""
    if isinstance(answer, (dict, list)):
        return answer
    from google.protobuf import json_format

    return json_format.MessageToDict(answer, preserving_proto_field_name=True)


@pytest.mark.parametrize("kind", CLIENTS)
def test_infer_gives_the_golden_output_of_the_bundle(hosted, kind):
    golden = hosted.manifest["golden"]
    result = hosted.infer(kind, golden_input(golden["shape"]), request_id="a-1")
    found = sampled(result.as_numpy(hosted.output), len(golden["output"]))
    scale = hosted.manifest["outputs"][0].get("scale_mm", 1)
    assert np.abs(found - np.array(golden["output"]) * scale).max() <= golden["tolerance"] * scale
    answer = as_dict(result.get_response())
    assert (answer["id"], answer["model_version"]) == ("a-1", hosted.manifest["version"])
    use = answer["parameters"]["intended_use"]
    assert "not for clinical use" in (use["string_param"] if kind == "grpc" else use)
    for name, field in (("findings", "code"), ("views", "view")):
        if (names := result.as_numpy(name)) is not None:
            assert [text.decode() for text in names[0]] == [output[field] for output in hosted.manifest["outputs"]]


def test_every_way_in_and_out_gives_the_same_numbers(hosted):
    data = golden_input(hosted.shape)
    expected = hosted.infer("grpc", data).as_numpy(hosted.output)
    http = hosted.clients["http"]
    for binary_in in (True, False):
        for binary_out in (True, False):
            tensor = hosted.tensor("http", data, binary_data=binary_in)
            output = triton_http.InferRequestedOutput(hosted.output, binary_data=binary_out)
            result = http.infer(hosted.model, [tensor], outputs=[output])
            assert np.array_equal(result.as_numpy(hosted.output), expected)
    for algorithm in ("gzip", "deflate"):
        result = http.infer(
            hosted.model, [hosted.tensor("http", data)], request_compression_algorithm=algorithm,
            response_compression_algorithm=algorithm,
        )  # fmt: skip
        assert np.array_equal(result.as_numpy(hosted.output), expected)
    nested = json.dumps(
        {"inputs": [{"name": hosted.input, "datatype": "FP32", "shape": hosted.shape, "data": data.tolist()}]}
    ).encode()
    for body, headers in ((nested, {}), (gzip.compress(nested), {"Content-Encoding": "gzip"}),
                          (zlib.compress(nested), {"Content-Encoding": "deflate"})):  # fmt: skip
        status, answer = hosted.post(body, **headers)
        assert status == 200
        (output,) = [output for output in answer["outputs"] if output["name"] == hosted.output]
        assert np.array_equal(np.array(output["data"], np.float32).reshape(output["shape"]), expected)


def test_typed_contents_over_grpc_and_connect_are_answered_typed(chest):
    from tritonclient.grpc import service_pb2, service_pb2_grpc
    import grpc

    data = golden_input(chest.shape)
    request = service_pb2.ModelInferRequest(model_name=chest.model, id="x")
    tensor = request.inputs.add(name=chest.input, datatype="FP32", shape=chest.shape)
    tensor.contents.fp32_contents.extend(data.reshape(-1))
    with grpc.insecure_channel(chest.address) as channel:
        answer = service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=60)
    outputs = {output.name: output.contents for output in answer.outputs}
    expected = chest.infer("http", data).as_numpy("logits").reshape(-1)
    assert not answer.raw_output_contents
    assert np.array_equal(np.array(outputs["logits"].fp32_contents, np.float32), expected)
    assert outputs["findings"].bytes_contents[0] == b"enlarged_heart"
    body = json.dumps(
        {"modelName": chest.model, "inputs": [{"name": chest.input, "datatype": "FP32", "shape": chest.shape,
                                               "contents": {"fp32Contents": data.reshape(-1).tolist()}}]}
    ).encode()  # fmt: skip
    status, answer = chest.post(
        body, "/inference.GRPCInferenceService/ModelInfer", **{"Content-Type": "application/json"}
    )
    assert status == 200
    assert np.allclose(answer["outputs"][0]["contents"]["fp32Contents"], expected, atol=1e-6)


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_batch_is_its_items(hosted, kind):
    one = golden_input(hosted.shape)
    items = np.concatenate([one, one * 0.5, one[..., ::-1]]).copy()
    batch = hosted.infer(kind, items).as_numpy(hosted.output)
    assert len(batch) == 3
    for index in range(3):
        alone = hosted.infer(kind, items[index : index + 1]).as_numpy(hosted.output)
        assert np.array_equal(batch[index : index + 1], alone)


def test_probabilities_are_the_calibrated_logits(chest):
    data = golden_input(chest.shape)
    result = chest.infer("grpc", data)
    logits, probabilities = result.as_numpy("logits")[0], result.as_numpy("probabilities")[0]
    for output, logit, probability in zip(chest.manifest["outputs"], logits, probabilities):
        calibration = output["calibration"]
        assert probability == pytest.approx(1 / (1 + np.exp(-(calibration["a"] * logit + calibration["b"]))), abs=1e-6)


@pytest.mark.parametrize("kind", CLIENTS)
def test_statistics_count_what_was_done(hosted, kind):
    def now():
        (model,) = as_dict(hosted.clients[kind].get_inference_statistics(hosted.model))["model_stats"]
        return model, {int(batch["batch_size"]): batch for batch in model["batch_stats"]}

    def count(total):
        return int(total.get("count", 0)), int(total.get("ns", 0))

    hosted.infer(kind, golden_input(hosted.shape))
    before, _ = now()
    data = np.concatenate([golden_input(hosted.shape)] * 2)
    hosted.infer(kind, data)
    with pytest.raises(InferenceServerException):
        hosted.infer(kind, data[:, :, :-1])
    after, batches = now()
    assert int(after["inference_count"]) - int(before["inference_count"]) == 2
    assert int(after["execution_count"]) - int(before["execution_count"]) == 1
    assert int(after["last_inference"]) >= int(before["last_inference"]) > 1.7e12
    for name, times in (("success", 1), ("fail", 1), ("queue", 1), ("compute_input", 1), ("compute_infer", 1),
                        ("compute_output", 1), ("cache_hit", 0)):  # fmt: skip
        (n, ns), (m, ms) = count(after["inference_stats"][name]), count(before["inference_stats"][name])
        assert n - m == times, name
        assert ns >= ms
    n, ns = count(batches[2]["compute_infer"])
    assert n >= 1 and ns > 0
    everything = as_dict(hosted.clients[kind].get_inference_statistics())["model_stats"]
    assert [model["name"] for model in everything] == [hosted.model]


@pytest.mark.parametrize("kind", CLIENTS)
def test_what_cannot_be_has_a_clear_error(hosted, kind):
    client, module, data = hosted.clients[kind], CLIENTS[kind], golden_input(hosted.shape)
    not_found, invalid, unsupported = (
        ("404", "400", "501") if kind == "http"
        else ("StatusCode.NOT_FOUND", "StatusCode.INVALID_ARGUMENT", "StatusCode.UNIMPLEMENTED")
    )  # fmt: skip

    def error(model=hosted.model, inputs=None, **options):
        with pytest.raises(InferenceServerException) as raised:
            client.infer(model, inputs or [hosted.tensor(kind, data)], **options)
        return raised.value.status(), raised.value.message()

    assert error("other")[0] == not_found
    assert error(model_version="99")[0] == not_found
    assert error(inputs=[hosted.tensor(kind, data[:, :, :-1].copy())])[0] == invalid
    wrong = module.InferInput("other", list(data.shape), "FP32")
    wrong.set_data_from_numpy(data)
    assert error(inputs=[wrong]) == (invalid, f"the model has no such tensor; it has {hosted.input}")
    integers = module.InferInput(hosted.input, list(data.shape), "INT32")
    integers.set_data_from_numpy(data.astype(np.int32))
    assert error(inputs=[integers]) == (invalid, f"{hosted.input} is INT32, expected FP32")
    assert error(outputs=[module.InferRequestedOutput("other")])[0] == invalid
    assert error(outputs=[module.InferRequestedOutput(hosted.output, class_count=2)])[0] == unsupported
    assert error(sequence_id=5, sequence_start=True)[0] == unsupported
    nan = data.copy()
    nan.reshape(-1)[7] = np.nan
    assert error(inputs=[hosted.tensor(kind, nan)])[0] == invalid
    batch = client.get_model_config(hosted.model)
    most = batch["max_batch_size"] if kind == "http" else batch.config.max_batch_size
    many = np.repeat(data, most + 1, axis=0)
    assert error(inputs=[hosted.tensor(kind, many)]) == (invalid, f"a batch of {most + 1}; at most {most} is taken")
    with pytest.raises(InferenceServerException):
        client.get_model_metadata("other")
    assert client.infer(hosted.model, [hosted.tensor(kind, data)]).as_numpy(hosted.output) is not None


def test_wrong_methods_and_paths(chest):
    assert chest.request("/v2/models/chest-xray/infer")[0] == 405
    status, headers, body = chest.request("/v2/health/live", b"")
    assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert json.loads(body) == {"error": "use GET"}
    assert chest.request("/v2/nothing")[0] == 404
    assert chest.request("/v2/health/ready")[0::2] == (200, b"")


def test_hostile_bodies_end_in_400_and_the_service_lives(chest):
    size = int(np.prod(chest.shape))

    def body(shape=chest.shape, data="[1]", **more):
        text = json.dumps({"inputs": [{"name": chest.input, "datatype": "FP32", "shape": shape, "data": 0}], **more})
        return text.replace('"data": 0', f'"data": {data}').encode()

    bodies = [
        b"", b"{", b"[]", body(data="[" * 100_000 + "]" * 100_000), body(data="[" + "0," * size + "0]"),
        body(data="[NaN]"), body(shape=[2**62, *chest.shape[1:]]), body(shape=[-1, *chest.shape[1:]]),
        body(shape=[2**63, *chest.shape[1:]]), body(data="[" + "[0]," * 300_000 + "[0]]"),
        body(data="[1e999" + ",0" * (size - 1) + "]"), body(data="[" + "9" * 1_000_000 + "]"),
    ]  # fmt: skip
    for hostile in bodies:
        status, answer = chest.post(hostile)
        assert status == 400, hostile[:100]
        assert answer["error"] and len(answer["error"]) < 500
    bomb = gzip.compress(bytes(300 << 20), 1)
    assert chest.post(bomb, **{"Content-Encoding": "gzip"})[0] == 413
    assert chest.request("/v2/health/ready")[0] == 200


def test_the_gateway_says_what_it_is_and_hosts_no_model(system):
    address = system.address.removeprefix("http://")
    for kind, module in CLIENTS.items():
        client = module.InferenceServerClient(address)
        assert client.is_server_live() and client.is_server_ready()
        assert as_dict(client.get_server_metadata())["name"] == "gateway"
        with pytest.raises(InferenceServerException) as raised:
            client.get_model_metadata("chest-xray")
        assert raised.value.status() in ("404", "StatusCode.NOT_FOUND")
        client.close()


@pytest.fixture
def narrow(programs, models, tmp_path):
    """A classifier that works on one request at a time and lets none wait."""
    service = Service(
        programs / "classifier-service", tmp_path, "--models", models, "--max-concurrency", "1", "--max-queue", "0",
        "--threads", "1",
    )  # fmt: skip
    wait_for(lambda: service.get("/healthz/ready")[0] == 200)
    yield service
    assert service.stop() == 0


def failures(service):
    status, text = service.get("/v2/models/chest-xray/stats")
    assert status == 200
    return json.loads(text)["model_stats"][0]["inference_stats"]["fail"]["count"]


def running(service):
    return "hilum_queue_running_requests 1" in service.get("/metrics")[1]


LONG = 12
"""Images that take the narrow classifier more than a second."""


def zeros(size):
    return np.zeros((size, *manifest("chest-xray")["golden"]["shape"][1:]), np.float32)


def batch(kind, size):
    data = zeros(size)
    tensor = CLIENTS[kind].InferInput("image", list(data.shape), "FP32")
    tensor.set_data_from_numpy(data)
    return [tensor]


def test_a_full_queue_is_429_and_resource_exhausted(narrow):
    address = f"127.0.0.1:{narrow.port}"
    with concurrent.futures.ThreadPoolExecutor() as pool, triton_grpc.InferenceServerClient(address) as grpc_client:
        long = pool.submit(lambda: grpc_client.infer("chest-xray", batch("grpc", LONG)))
        wait_for(lambda: running(narrow))
        for kind, status in (("http", "429"), ("grpc", "StatusCode.RESOURCE_EXHAUSTED")):
            with CLIENTS[kind].InferenceServerClient(address) as client:
                with pytest.raises(InferenceServerException) as raised:
                    client.infer("chest-xray", batch(kind, 1))
            assert raised.value.status() == status
        assert len(long.result().as_numpy("logits")) == LONG
    assert failures(narrow) == 2


def test_work_that_nobody_waits_for_stops(narrow):
    address = f"127.0.0.1:{narrow.port}"
    with triton_grpc.InferenceServerClient(address) as client:
        with pytest.raises(InferenceServerException) as raised:
            client.infer("chest-xray", batch("grpc", LONG), client_timeout=0.2)
        assert raised.value.status() == "StatusCode.DEADLINE_EXCEEDED"
    wait_for(lambda: not running(narrow), seconds=1)  # the whole batch takes longer
    with triton_http.InferenceServerClient(address) as client:
        with pytest.raises(InferenceServerException) as raised:
            client.infer("chest-xray", batch("http", LONG), timeout=200_000)
        assert raised.value.status() == "504"
    wait_for(lambda: not running(narrow), seconds=1)
    with triton_http.InferenceServerClient(address, network_timeout=0.2) as client:
        with pytest.raises(Exception, match="timed out"):
            client.infer("chest-xray", batch("http", LONG))
    wait_for(lambda: not running(narrow), seconds=1)
    assert failures(narrow) == 3


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_large_tensor_is_copied_once_on_its_way_in(programs, models, tmp_path, kind):
    service = Service(programs / "classifier-service", tmp_path, "--models", models, "--max-batch", "1024")
    wait_for(lambda: service.get("/healthz/ready")[0] == 200)
    data = zeros(340)  # about 200 MB
    tensor = batch(kind, len(data))
    data[-1, 0, 0, 0] = np.nan  # refused before the network runs
    tensor[0].set_data_from_numpy(data)
    process = pathlib.Path(f"/proc/{service.process.pid}")

    def mebibytes(name):
        return int(re.search(rf"{name}:\s+(\d+) kB", (process / "status").read_text())[1]) >> 10

    (process / "clear_refs").write_text("5")  # the peak counts from here
    before = mebibytes("VmRSS")
    with CLIENTS[kind].InferenceServerClient(f"127.0.0.1:{service.port}") as client:
        with pytest.raises(InferenceServerException, match="holds an element"):
            client.infer("chest-xray", tensor)
    assert mebibytes("VmHWM") - before < 2.3 * (data.nbytes >> 20)
    assert service.stop() == 0
