"""What both services compute on: model bundles for ours, the same networks as ONNX for the peer, and the requests."""
import hashlib
import io
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pydicom
import safetensors.torch
import torch

import formula
import networks

ROOT = Path(__file__).parents[2]
OUT = ROOT / "benchmarks/out/services"


def ramp(shape: tuple[int, ...]) -> torch.Tensor:
    """The golden input of a bundle: x[i] = frac(i · 2654435761 / 2³²)."""
    index = np.arange(np.prod(shape), dtype=np.uint64) * np.uint64(2654435761) % np.uint64(2**32)
    return torch.from_numpy((index / 2**32).astype(np.float32).reshape(shape))


def bundle(kind: str, source: str, model: torch.nn.Module, shape: tuple[int, ...], changes: dict) -> Path:
    """A bundle like a shipped one, with another network or input size."""
    folder = OUT / kind / source.split("/")[0] / "1"
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "model.safetensors"
    safetensors.torch.save_file({k: v.contiguous() for k, v in model.state_dict().items()}, weights)
    manifest = json.loads((ROOT / "models" / source / "model.json").read_text())
    answer = model(ramp(shape)).numpy().ravel()
    manifest["version"] = "1"
    manifest["golden"] |= {"shape": list(shape), "output": [float(x) for x in answer], "tolerance": 1e-2}
    manifest["weights"]["sha256"] = hashlib.sha256(weights.read_bytes()).hexdigest()
    for key, value in changes.items():
        manifest[key] |= value
    (folder / "model.json").write_text(json.dumps(manifest))
    return OUT / kind


def export(model: torch.nn.Module, shape: tuple[int, ...], path: Path, names: list[str]) -> None:
    torch.onnx.export(
        model, (torch.zeros(shape),), path, dynamo=False, opset_version=17, input_names=["input"], output_names=names)


class WithFeatures(torch.nn.Module):
    """Logits and the map that the classifier averages: heat maps are made of it."""

    def __init__(self, network: torch.nn.Module):
        super().__init__()
        self.network = network
        network._avg_pooling.register_forward_pre_hook(self.keep)

    def keep(self, _, inputs: tuple) -> None:
        self.features = inputs[0]

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.network(x), self.features


def classify() -> tuple[Path, Path, bytes]:
    """EfficientNet-B4 with formula weights; a phantom's X-ray of 2,500×2,000 pixels in 16 bits, not compressed."""
    model = networks.efficientnet("b4")
    formula.fill(model)
    shape = (1, 1, 380, 380)
    models = bundle("classify", "chest-xray/3", model, shape, {
        "architecture": {"variant": "b4"}, "input": {"size": [380, 380]}})
    np.save(OUT / "classifier.npy", model._fc.weight.numpy())
    export(WithFeatures(model), shape, OUT / "classify.onnx", ["logits", "features"])
    image = pydicom.dcmread(ROOT / "samples/chest/04_normal.dcm")
    pixels = cv2.resize(image.pixel_array, (2000, 2500), interpolation=cv2.INTER_CUBIC).clip(0, 4095)
    image.decompress()
    image.PixelData = (pixels.astype(np.uint16) * 16).tobytes()
    image.Rows, image.Columns, image.BitsStored, image.HighBit = 2500, 2000, 16, 15
    image.WindowCenter, image.WindowWidth = float(image.WindowCenter) * 16, float(image.WindowWidth) * 16
    return models, OUT / "classify.onnx", written(image)


def plan() -> tuple[Path, Path, list[bytes]]:
    """The shipped V-Net; its phantom's scout as 200 slices of 256×256."""
    model = networks.vnet(out_channels=4, width=4)
    model.load_state_dict(safetensors.torch.load_file(ROOT / "models/cardiac-views/3/model.safetensors"), strict=False)
    model.eval()
    models = OUT / "plan"
    shutil.copytree(ROOT / "models/cardiac-views", models / "cardiac-views", dirs_exist_ok=True)
    export(model, (1, 1, 48, 48, 48), OUT / "plan.onnx", ["distances"])
    return models, OUT / "plan.onnx", slices()


def slices() -> list[bytes]:
    files = [pydicom.dcmread(path) for path in (ROOT / "samples/cardiac/scout1").iterdir()]
    files.sort(key=lambda file: file.ImagePositionPatient[2])
    volume = np.stack([cv2.resize(f.pixel_array.astype(np.float32), (256, 256)) for f in files])
    first, last = (np.array(files[i].ImagePositionPatient, dtype=float) for i in (0, -1))
    spacing = float(files[0].PixelSpacing[0])
    made = []
    for index, at in enumerate(np.linspace(0, len(files) - 1, 200)):
        below = min(int(at), len(files) - 2)
        plane = volume[below] + (at - below) * (volume[below + 1] - volume[below])
        image = files[below].copy()
        image.PixelData = plane.round().clip(0, 65535).astype(np.uint16).tobytes()
        image.Rows = image.Columns = 256
        image.PixelSpacing = [spacing / 2, spacing / 2]
        corner = first + (last - first) * at / (len(files) - 1) - [spacing / 4, spacing / 4, 0]
        image.ImagePositionPatient = [round(x, 6) for x in corner]
        image.SliceThickness = round(float(np.linalg.norm(last - first)) / 199, 6)
        image.InstanceNumber = index + 1
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.8.498.{index + 1}"
        made.append(written(image))
    return made


def written(image: pydicom.Dataset) -> bytes:
    file = io.BytesIO()
    image.save_as(file, enforce_file_format=True)
    return file.getvalue()
