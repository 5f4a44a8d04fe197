"""`hilum preprocess`: NumPy reads what it writes, and a service answers it as it answers the file itself."""

import gzip
import json
import subprocess

import numpy as np
import tritonclient.http as triton
from conftest import MODELS, SAMPLES
from google.protobuf import json_format

TRUTH = json.loads((SAMPLES / "truth.json").read_text())


def bundle(name):
    return next((MODELS / name).glob("*/model.json")).parent


def preprocess(programs, out, model, *paths):
    command = [programs / "hilum", "preprocess", "--model", bundle(model), "--out", out, *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (out / "index.jsonl").read_text().splitlines()]


def infer(address, model, name, tensor):
    client = triton.InferenceServerClient(address)
    value = triton.InferInput(name, list(tensor.shape), "FP32")
    value.set_data_from_numpy(tensor)
    return client.infer(model, [value])


def test_an_images_tensor_gives_the_answer_of_the_image(system, programs, stubs, tmp_path):
    files = [SAMPLES / chest["file"] for chest in TRUTH["chest"][:3]]
    index = preprocess(programs, tmp_path, "chest-xray", *files)
    assert [line["source"] for line in index] == [str(file) for file in files]
    manifest = json.loads((bundle("chest-xray") / "model.json").read_text())
    for file, line in zip(files, index):
        tensor = np.load(tmp_path / line["tensor"])
        assert tensor.dtype == np.float32 and list(tensor.shape) == manifest["golden"]["shape"][1:]
        logits = infer(f"127.0.0.1:{system.port('classifier')}", "chest-xray", "image", tensor[None]).as_numpy("logits")
        done = system.run("classify", file, "--json")
        response = json_format.Parse(done.stdout, stubs.classifier_pb2.ClassifyResponse())
        found = {finding.code: finding.probability for finding in response.findings}
        for output, logit in zip(manifest["outputs"], logits.reshape(-1)):
            calibration = output["calibration"]
            expected = 1 / (1 + np.exp(-(calibration["a"] * logit + calibration["b"])))
            assert abs(found[output["code"]] - expected) < 1e-5


def test_a_volumes_tensor_gives_the_distance_map_of_the_volume(system, programs, stubs, tmp_path):
    import grpc
    import nibabel

    folder = SAMPLES / TRUTH["cardiac"][0]["folder"]
    (line,) = preprocess(programs, tmp_path, "cardiac-views", folder)
    tensor = np.load(tmp_path / line["tensor"])
    address = f"127.0.0.1:{system.port('planning')}"
    maps = infer(address, "cardiac-views", "volume", tensor[None]).as_numpy("distance_maps")
    with grpc.insecure_channel(address) as channel:
        planner = stubs.planning_pb2_grpc.PlanningServiceStub(channel)
        response = planner.PlanViews(
            stubs.planning_pb2.PlanViewsRequest(
                instances=[path.read_bytes() for path in sorted(folder.iterdir())], include_distance_maps=True
            )
        )
    outputs = json.loads((bundle("cardiac-views") / "model.json").read_text())["outputs"]
    for plane in response.planes:
        channel = [o["view"] for o in outputs].index(stubs.planning_pb2.View.Name(plane.view))
        answered = nibabel.Nifti1Image.from_bytes(gzip.decompress(plane.distance_map_nifti))
        assert np.abs(answered.get_fdata().transpose(2, 1, 0) - maps[0, channel]).max() < 0.01  # mm
        # The middle of the grid, in the patient: NIfTI is RAS, the index LPS.
        middle = answered.affine @ [*(np.array(answered.shape) - 1) / 2, 1]
        assert np.allclose(middle[:3] * [-1, -1, 1], line["center"], atol=1e-3)
        assert np.allclose(nibabel.affines.voxel_sizes(answered.affine), line["spacing_mm"])
