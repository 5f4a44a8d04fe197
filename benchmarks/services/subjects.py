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
import full_width
import networks

ROOT = Path(__file__).parents[2]
OUT = ROOT / "benchmarks/out/services"


def ramp(shape: tuple[int, ...]) -> torch.Tensor:
    """The golden input of a bundle: x[i] = frac(i · 2654435761 / 2³²)."""
    index = np.arange(np.prod(shape), dtype=np.uint64) * np.uint64(2654435761) % np.uint64(2**32)
    return torch.from_numpy((index / 2**32).astype(np.float32).reshape(shape))


def bundle(
    kind: str, source: str, model: torch.nn.Module, answer: torch.Tensor, shape: tuple[int, ...], changes: dict
) -> Path:
    """A bundle like a shipped one, with another network or input size.

    - answer: the network's to the golden input.
    - changes: what a part of the manifest has otherwise; each of its outputs, where the part is a list.
    """
    folder = OUT / kind / source.split("/")[0] / "1"
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "model.safetensors"
    safetensors.torch.save_file({k: v.contiguous() for k, v in model.state_dict().items()}, weights)
    manifest = json.loads((ROOT / "models" / source / "model.json").read_text())
    answer = answer.numpy().ravel()
    count = min(64, answer.size)
    golden = answer[::answer.size // count][:count]
    manifest["version"] = "1"
    manifest["golden"] |= {"shape": list(shape), "output": [float(x) for x in golden], "tolerance": 1e-2}
    manifest["weights"]["sha256"] = hashlib.sha256(weights.read_bytes()).hexdigest()
    for key, value in changes.items():
        part = manifest[key]
        for each in part if isinstance(part, list) else [part]:
            each |= value
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
    models = b4_bundle()
    return models, OUT / "classify.onnx", written(radiograph())


def classify_jpeg2000() -> tuple[Path, None, bytes]:
    """The same with the X-ray in lossless JPEG 2000."""
    image = radiograph()
    done, file = cv2.imencode(".jp2", image.pixel_array, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])
    if not done or not np.array_equal(cv2.imdecode(file, cv2.IMREAD_UNCHANGED), image.pixel_array):
        raise RuntimeError("JPEG 2000 is not lossless")
    stream = file.tobytes()
    stream = stream[stream.index(b"jp2c") + 4:]  # the codestream alone (PS3.5 section 8.2.4)
    image.PixelData = pydicom.encaps.encapsulate([stream])
    image["PixelData"].is_undefined_length = True
    image.file_meta.TransferSyntaxUID = pydicom.uid.JPEG2000Lossless
    return b4_bundle(), None, written(image)


def b4_bundle() -> Path:
    model = networks.efficientnet("b4")
    formula.fill(model)
    shape = (1, 1, 380, 380)
    models = bundle("classify", "chest-xray/3", model, model(ramp(shape)), shape, {
        "architecture": {"variant": "b4"}, "input": {"size": [380, 380]}})
    np.save(OUT / "classifier.npy", model._fc.weight.numpy())
    export(WithFeatures(model), shape, OUT / "classify.onnx", ["logits", "features"])
    return models


def radiograph() -> pydicom.Dataset:
    image = pydicom.dcmread(ROOT / "samples/chest/04_normal.dcm")
    pixels = cv2.resize(image.pixel_array, (2000, 2500), interpolation=cv2.INTER_CUBIC).clip(0, 4095)
    image.decompress()
    image.PixelData = (pixels.astype(np.uint16) * 16).tobytes()
    image.Rows, image.Columns, image.BitsStored, image.HighBit = 2500, 2000, 16, 15
    image.WindowCenter, image.WindowWidth = float(image.WindowCenter) * 16, float(image.WindowWidth) * 16
    return image


def plan() -> tuple[Path, Path, list[bytes]]:
    """The shipped V-Net; its phantom's scout as 200 slices of 256×256."""
    models = OUT / "plan"
    shutil.copytree(ROOT / "models/cardiac-views", models / "cardiac-views", dirs_exist_ok=True)
    export(shipped_vnet(), (1, 1, 48, 48, 48), OUT / "plan.onnx", ["distances"])
    return models, OUT / "plan.onnx", slices()


def plan_full_width() -> tuple[Path, None, list[bytes]]:
    """A V-Net of MONAI's widths on 96³ voxels of 3 mm, fitted by the first run; the same 200 slices."""
    manifest = json.loads((ROOT / "models/cardiac-views/3/model.json").read_text())
    kind = f"plan96-{manifest['weights']['sha256'][:8]}"
    if (OUT / kind / "cardiac-views/1/model.json").exists():
        return OUT / kind, None, slices()
    truth = json.loads((ROOT / "samples/truth.json").read_text())["cardiac"][0]
    narrow = full_width.fitted(
        shipped_vnet(), manifest, ROOT / "samples" / truth["folder"], truth["planes"], OUT / "seen")
    model = full_width.widened(narrow, networks.vnet(out_channels=4))
    shape = (1, 1, *[full_width.SIZE] * 3)
    models = bundle(kind, "cardiac-views/3", model, narrow(ramp(shape)), shape, {
        "architecture": {"width": 16}, "input": {"size": list(shape[2:]), "spacing_mm": full_width.SPACING}})
    return models, None, slices()


def shipped_vnet() -> torch.nn.Module:
    model = networks.vnet(out_channels=4, width=4)
    model.load_state_dict(safetensors.torch.load_file(ROOT / "models/cardiac-views/3/model.safetensors"), strict=False)
    return model.eval()


def scout() -> tuple[list[pydicom.Dataset], np.ndarray]:
    """A phantom's files, feet first, and its voxels of 2.5 mm."""
    files = [pydicom.dcmread(path) for path in (ROOT / "samples/cardiac/scout1").iterdir()]
    files.sort(key=lambda file: file.ImagePositionPatient[2])
    return files, np.stack([file.pixel_array.astype(np.float32) for file in files])


def slices() -> list[bytes]:
    """The scout as 200 axial slices of 256×256 pixels around the origin."""
    files, volume = scout()
    volume = np.stack([cv2.resize(plane, (256, 256)) for plane in volume])
    spacing, thickness = 1.25, 2.5  # of pixels, between the scout's planes, mm
    made = []
    length = (len(volume) - 1) * thickness
    side = volume.shape[1] * spacing
    for index, at in enumerate(np.linspace(0, len(volume) - 1, 200)):
        below = min(int(at), len(volume) - 2)
        plane = volume[below] + (at - below) * (volume[below + 1] - volume[below])
        image = files[0].copy()
        image.PixelData = plane.round().clip(0, 65535).astype(np.uint16).tobytes()
        image.Rows, image.Columns = plane.shape
        image.PixelSpacing = [spacing, spacing]
        corner = [-side / 2 + spacing / 2, -side / 2 + spacing / 2, at * thickness - length / 2]
        image.ImagePositionPatient = [round(x, 6) for x in corner]
        image.SliceThickness = round(length / 199, 6)
        image.InstanceNumber = index + 1
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.8.498.{index + 1}"
        made.append(written(image))
    return made


def written(image: pydicom.Dataset) -> bytes:
    file = io.BytesIO()
    image.save_as(file, enforce_file_format=True)
    return file.getvalue()
