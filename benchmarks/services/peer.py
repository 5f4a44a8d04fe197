"""The service that a user would write instead: grpcio, pydicom, NumPy, OpenCV, and OpenVINO or ONNX Runtime.

    peer.py classify|plan openvino|onnxruntime MODEL STUBS PORT THREADS SLICES
"""
import io
import sys
import threading
from concurrent import futures
from pathlib import Path

import cv2
import grpc
import numpy as np
import pydicom

KIND, RUNTIME, MODEL, STUBS, PORT, THREADS, SLICES = sys.argv[1:]
sys.path.insert(0, STUBS)
from hilum.v1 import classifier_pb2, classifier_pb2_grpc, planning_pb2, planning_pb2_grpc

MEAN, DEVIATION = 0.5, 0.25
cv2.setNumThreads(int(THREADS))


def network():
    """A function from an input array to the list of outputs."""
    if RUNTIME == "onnxruntime":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(THREADS)
        session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
        return lambda x: session.run(None, {"input": x})
    import openvino

    compiled = openvino.Core().compile_model(MODEL, "CPU", {
        "INFERENCE_NUM_THREADS": int(THREADS), "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"})
    own = threading.local()  # a request serves one thread at a time

    def run(x: np.ndarray) -> list:
        if not hasattr(own, "request"):
            own.request = compiled.create_infer_request()
        return [value.copy() for value in own.request.infer([x]).values()]

    return run


def png(grey: np.ndarray) -> bytes:
    return cv2.imencode(".png", grey)[1].tobytes()


class Classifier(classifier_pb2_grpc.ClassifierServiceServicer):
    def __init__(self):
        self.run = network()
        self.weights = np.load(Path(MODEL).parent / "classifier.npy")

    def Classify(self, request, context):
        file = pydicom.dcmread(io.BytesIO(request.image))
        pixels = file.pixel_array.astype(np.float32) * float(file.get("RescaleSlope", 1) or 1)
        pixels += float(file.get("RescaleIntercept", 0) or 0)
        low = float(file.WindowCenter) - float(file.WindowWidth) / 2
        grey = np.clip((pixels - low) / float(file.WindowWidth), 0, 1)
        if file.PhotometricInterpretation == "MONOCHROME1":
            grey = 1 - grey
        rows, columns = grey.shape
        side = max(rows, columns)
        square = np.zeros((side, side), np.float32)
        top, left = (side - rows) // 2, (side - columns) // 2
        square[top:top + rows, left:left + columns] = grey
        small = cv2.resize(square, (380, 380), interpolation=cv2.INTER_AREA)
        logits, features = self.run(((small - MEAN) / DEVIATION)[None, None])
        response = classifier_pb2.ClassifyResponse(request_id=request.request_id)
        for index, logit in enumerate(logits[0]):
            finding = response.findings.add(code=str(index), probability=1 / (1 + np.exp(-logit)))
            if request.include_heatmaps:
                finding.heatmap_png = self.heat_map(features[0], index, (rows, columns))
        return response

    def heat_map(self, features: np.ndarray, index: int, shape: tuple[int, int]) -> bytes:
        cam = np.maximum(np.tensordot(self.weights[index], features, 1), 0)
        scale = 256 / max(shape)
        large = cv2.resize(cam, (int(shape[1] * scale), int(shape[0] * scale)), interpolation=cv2.INTER_CUBIC)
        return png((large / max(large.max(), 1e-6) * 255).clip(0, 255).astype(np.uint8))


class Planner(planning_pb2_grpc.PlanningServiceServicer):
    SIDE, SPACING, FIELD = 48, 6.0, 256

    def __init__(self):
        self.run = network()

    def PlanViews(self, request, context):
        files = sorted((pydicom.dcmread(io.BytesIO(b)) for b in request.instances), key=lambda f: f.ImagePositionPatient[2])
        volume = np.stack([f.pixel_array for f in files]).astype(np.float32)
        positions = [np.array(f.ImagePositionPatient, float) for f in (files[0], files[-1])]
        in_plane = float(files[0].PixelSpacing[0])
        through = np.linalg.norm(positions[1] - positions[0]) / (len(files) - 1)
        distances = self.run(self.input(volume, in_plane, through)[None, None])[0][0]
        response = planning_pb2.PlanViewsResponse(request_id=request.request_id)
        for view, map in enumerate(distances):
            centre, axes = self.plane(map * 40)
            plane = response.planes.add(view=view + 1)
            for step in range(int(SLICES) if view == 0 else 1):
                image = self.cut(volume, in_plane, through, centre + axes[2] * 8 * step, axes)
                plane.reformats.add(dicom=self.dicom(files[0], image), png=png((image / max(image.max(), 1) * 255).astype(np.uint8)))
        return response

    def input(self, volume: np.ndarray, in_plane: float, through: float) -> np.ndarray:
        """The grid of the network around the middle of the volume."""
        slices, rows, columns = volume.shape
        size = [round(slices * through / self.SPACING), round(rows * in_plane / self.SPACING), round(columns * in_plane / self.SPACING)]
        small = np.stack([cv2.resize(s, (size[2], size[1]), interpolation=cv2.INTER_AREA) for s in volume])
        small = cv2.resize(small.reshape(slices, -1), (size[1] * size[2], size[0]), interpolation=cv2.INTER_AREA)
        low, high = np.percentile(small, [1, 99])
        small = np.clip((small.reshape(size) - low) / (high - low), 0, 1)
        grid = np.full((self.SIDE,) * 3, -MEAN / DEVIATION, np.float32)
        kept = [min(n, self.SIDE) for n in size]
        inside = tuple(slice((self.SIDE - k) // 2, (self.SIDE + k) // 2) for k in kept)
        middle = tuple(slice((n - k) // 2, (n + k) // 2) for n, k in zip(size, kept))
        grid[inside] = (small[middle] - MEAN) / DEVIATION
        return grid

    def plane(self, map: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Total least squares through the voxels near the plane, in mm from the middle of the grid (x, y, z)."""
        at = np.argwhere(np.abs(map) < 6)[:, ::-1] * self.SPACING - self.SIDE * self.SPACING / 2
        centre = at.mean(0)
        return centre, np.linalg.svd(at - centre, full_matrices=False)[2]

    def cut(self, volume, in_plane: float, through: float, centre: np.ndarray, axes: np.ndarray) -> np.ndarray:
        """Trilinear on FIELD×FIELD positions of the plane."""
        steps = (np.arange(self.FIELD) - self.FIELD / 2) * in_plane
        points = centre + steps[None, :, None] * axes[0] + steps[:, None, None] * axes[1]
        index = points[..., ::-1] / [through, in_plane, in_plane] + np.array(volume.shape) / 2
        index = np.clip(index, 0, np.array(volume.shape) - 1.001)
        low = index.astype(int)
        f = (index - low).astype(np.float32)
        value = 0
        for corner in np.ndindex(2, 2, 2):
            weight = np.prod([f[..., a] if corner[a] else 1 - f[..., a] for a in range(3)], axis=0)
            value = value + weight * volume[low[..., 0] + corner[0], low[..., 1] + corner[1], low[..., 2] + corner[2]]
        return value

    def dicom(self, source: pydicom.Dataset, image: np.ndarray) -> bytes:
        made = source.copy()
        made.Rows, made.Columns = image.shape
        made.PixelData = image.astype(np.uint16).tobytes()
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
        file = io.BytesIO()
        made.save_as(file, enforce_file_format=True)
        return file.getvalue()


def main() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(int(THREADS)), options=[
        ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
    if KIND == "classify":
        classifier_pb2_grpc.add_ClassifierServiceServicer_to_server(Classifier(), server)
    else:
        planning_pb2_grpc.add_PlanningServiceServicer_to_server(Planner(), server)
    server.add_insecure_port(f"127.0.0.1:{PORT}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
