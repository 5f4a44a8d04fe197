"""Makes the image fixtures of this folder and expected.json from nothing but a formula.

    python -m venv env && env/bin/pip install pydicom==3.0.2 numpy==2.4.6 pillow==13.0.0 pylibjpeg==2.1.0 \
        pylibjpeg-libjpeg==2.5.0 pylibjpeg-openjpeg==2.6.0 pyjpegls==1.5.1 python-gdcm==3.2.6
    env/bin/python make.py

The encoders are DCMTK's dcmcjpeg, dcmcjpls, dcmcrle and dcmconv (3.6.7), and OpenJPEG through pylibjpeg-openjpeg; the
expected numbers come from other decoders (pydicom with pylibjpeg, pyjpegls, gdcm; Pillow). No patient, no licence but
the project's own.
"""
import io
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000, JPEG2000Lossless

HERE = pathlib.Path(__file__).parent
ROWS, COLUMNS = 37, 50
EXPECTED = {}


def pattern(bits, signed=False, channels=1, frame=0):
    """A smooth hill with a grid and a bright block: something for predictors and for transforms."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float64)
    top = 2**bits - 1
    planes = []
    for channel in range(channels):
        hill = np.exp(-(((x - 20 - 5 * channel - frame) / 14) ** 2) - ((y - 18) / 11) ** 2)
        value = 0.85 * top * hill + 0.08 * top * ((x.astype(int) // 5 + y.astype(int) // 4) % 2)
        value[4:9, 36 - 3 * channel : 44] = top
        planes.append(np.clip(np.rint(value), 0, top))
    image = np.stack(planes, axis=-1) if channels > 1 else planes[0]
    if signed:
        image = image - 2 ** (bits - 1)
    return image.astype(np.int16 if signed else (np.uint8 if bits <= 8 else np.uint16))


def dicom(name, pixels, bits, photometric="MONOCHROME2", frames=1):
    """An uncompressed data set of the secondary capture class."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = f"2.25.{sum(map(ord, name))}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.Modality, ds.PatientName, ds.PatientID = "OT", "", ""
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "2.25.1", "2.25.2"
    ds.SamplesPerPixel = 3 if photometric != "MONOCHROME2" else 1
    ds.PhotometricInterpretation = photometric
    if ds.SamplesPerPixel == 3:
        ds.PlanarConfiguration = 0
    if frames > 1:
        ds.NumberOfFrames = frames
    ds.Rows, ds.Columns = ROWS, COLUMNS
    ds.BitsAllocated = 8 if bits <= 8 else 16
    ds.BitsStored, ds.HighBit = bits, bits - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.PixelData = pixels.tobytes() + (b"\0" if pixels.nbytes % 2 else b"")
    ds["PixelData"].VR = "OB" if ds.BitsAllocated == 8 else "OW"
    return ds


def facts(array):
    array = np.asarray(array, dtype=np.float64)
    return {"min": array.min(), "max": array.max(), "mean": array.mean()}


def luminance(array):
    r, g, b = (array[..., i].astype(np.float64) for i in range(3))
    return 0.299 * r + 0.587 * g + 0.114 * b


def record(name, array, lossless=None, frames=1, colour=False):
    """`lossless` names the uncompressed fixture that has the same pixels."""
    values = luminance(array) if colour else array
    EXPECTED[name] = {"rows": ROWS, "columns": COLUMNS, "frames": frames, "same_as": lossless, **facts(values)}


def encode(tool, options, source, name):
    with tempfile.NamedTemporaryFile(suffix=".dcm") as file:
        source.save_as(file.name, enforce_file_format=True)
        subprocess.run([tool, *options, file.name, str(HERE / name)], check=True)


def reference(name):
    """Decoded by a library that is not ours; pydicom turns YBR into RGB."""
    return pydicom.dcmread(HERE / name).pixel_array


def recode(base, source, bits, colour=False):
    """Every transfer syntax that can hold this image."""
    native = f"{base}_native.dcm"
    source.save_as(HERE / native, enforce_file_format=True)
    frames = int(getattr(source, "NumberOfFrames", 1))
    record(native, source.pixel_array, frames=frames, colour=colour)

    def lossless(name, tool, *options):
        encode(tool, options, source, name)
        array = reference(name)
        assert np.array_equal(array, source.pixel_array), name
        record(name, array, lossless=native, frames=frames, colour=colour)

    def lossy(name, tool, *options):
        encode(tool, options, source, name)
        record(name, reference(name), frames=frames, colour=colour)

    lossless(f"{base}_implicit.dcm", "dcmconv", "+ti")
    lossless(f"{base}_big_endian.dcm", "dcmconv", "+tb")
    lossless(f"{base}_deflated.dcm", "dcmconv", "+td")
    lossless(f"{base}_rle.dcm", "dcmcrle")
    if not colour or frames == 1:
        lossless(f"{base}_lossless_57.dcm", "dcmcjpeg", "+el")
        lossless(f"{base}_lossless_70.dcm", "dcmcjpeg", "+e1")
        lossless(f"{base}_jpegls_80.dcm", "dcmcjpls", "+el")
        if not source.PixelRepresentation:
            lossy(f"{base}_jpegls_81.dcm", "dcmcjpls", "+en")
    if bits == 8:
        lossy(f"{base}_baseline_50.dcm", "dcmcjpeg", "+eb")
    if bits <= 12 and not colour and not source.PixelRepresentation:
        lossy(f"{base}_extended_51.dcm", "dcmcjpeg", "+ee")
    jpeg2000(base, source, native, frames, colour)


def jpeg2000(base, source, native, frames, colour):
    ds = pydicom.dcmread(HERE / native)
    ds.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg")
    name = f"{base}_j2k_90.dcm"
    ds.save_as(HERE / name)
    assert np.array_equal(reference(name), source.pixel_array)
    record(name, source.pixel_array, lossless=native, frames=frames, colour=colour)
    ds = pydicom.dcmread(HERE / native)
    ds.compress(JPEG2000, encoding_plugin="pylibjpeg", j2k_cr=[4])
    name = f"{base}_j2k_91.dcm"
    ds.save_as(HERE / name)
    record(name, reference(name), frames=frames, colour=colour)


def fragmented(base, source_name, pieces):
    """Several fragments a frame, with and without the offset table."""
    ds = pydicom.dcmread(HERE / source_name)
    frames = list(generate_frames(ds.PixelData, number_of_frames=int(ds.NumberOfFrames)))
    for table in (True, False):
        name = f"{base}_fragments_{'table' if table else 'no_table'}.dcm"
        ds.PixelData = encapsulate(frames, fragments_per_frame=pieces, has_bot=table)
        ds.save_as(HERE / name)
        EXPECTED[name] = dict(EXPECTED[source_name])


def plain_images():
    def save(image, name, array, **options):
        image.save(HERE / name, **options)
        colour = array.ndim == 3
        record(name, array[..., :3] if colour else array, colour=colour)

    grey, deep, rgb = pattern(8), pattern(16), pattern(8, channels=3)
    alpha = np.dstack([rgb, np.tile(np.arange(COLUMNS, dtype=np.uint8) * 5, (ROWS, 1))])
    save(Image.fromarray(grey), "grey8.png", grey)
    save(Image.fromarray(deep), "grey16.png", deep)
    save(Image.fromarray(rgb), "rgb8.png", rgb)
    save(Image.fromarray(alpha, "RGBA"), "rgba8.png", alpha)
    save(Image.fromarray(np.dstack([grey, alpha[..., 3]]), "LA"), "grey_alpha8.png", grey)
    bits = (grey > 100).astype(np.uint8) * 255
    save(Image.fromarray(bits).convert("1"), "grey1.png", bits)
    palette = Image.fromarray(rgb).quantize(16)
    save(palette, "palette.png", np.asarray(palette.convert("RGB")))
    for name, array in (("grey8.jpg", grey), ("rgb8.jpg", rgb)):
        Image.fromarray(array).save(HERE / name, quality=92)
        record(name, np.asarray(Image.open(HERE / name).convert("L")))
    Image.fromarray(grey).save(HERE / "progressive8.jpg", quality=92, progressive=True)
    record("progressive8.jpg", np.asarray(Image.open(HERE / "progressive8.jpg")))
    for name, source in (("grey12.jpg", "grey12_extended_51.dcm"), ("lossless16.jpg", "grey16_lossless_70.dcm")):
        ds = pydicom.dcmread(HERE / source)
        (HERE / name).write_bytes(next(generate_frames(ds.PixelData, number_of_frames=1)))
        EXPECTED[name] = dict(EXPECTED[source])


def resizes():
    """Pillow's own numbers for the square resize, of x[i] = frac(i · 2654435761 / 2^32)."""
    cases = []
    for rows, columns, size in ((23, 37, 16), (37, 23, 16), (40, 40, 13), (9, 12, 31), (300, 211, 24), (5, 5, 5)):
        index = np.arange(rows * columns, dtype=np.uint64)
        values = ((index * 2654435761) % 2**32 / 2**32).astype(np.float32).reshape(rows, columns)
        side = max(rows, columns)
        padded = np.zeros((side, side), np.float32)
        top, left = (side - rows) // 2, (side - columns) // 2
        padded[top : top + rows, left : left + columns] = values
        result = np.asarray(Image.fromarray(padded).resize((size, size), Image.Resampling.BILINEAR))
        cases.append({"rows": rows, "columns": columns, "size": size,
                      "pixels": [round(float(v), 7) for v in result.ravel()]})
    (HERE / "resize.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


def main():
    for old in [*HERE.glob("*.dcm"), *HERE.glob("*.png"), *HERE.glob("*.jpg")]:
        old.unlink()
    recode("grey8", dicom("grey8", pattern(8), 8), 8)
    recode("grey12", dicom("grey12", pattern(12), 12), 12)
    recode("grey16", dicom("grey16", pattern(16), 16), 16)
    recode("signed16", dicom("signed16", pattern(16, signed=True), 16), 16)
    recode("rgb8", dicom("rgb8", pattern(8, channels=3), 8, "RGB"), 8, colour=True)
    stack = np.stack([pattern(12, frame=i) for i in range(3)])
    recode("frames12", dicom("frames12", stack, 12, frames=3), 12)
    fragmented("frames12_j2k", "frames12_j2k_90.dcm", 2)
    fragmented("frames12_jpegls", "frames12_jpegls_80.dcm", 3)
    plain_images()
    resizes()
    (HERE / "expected.json").write_text(json.dumps(EXPECTED, indent=1, sort_keys=True) + "\n")


main()
