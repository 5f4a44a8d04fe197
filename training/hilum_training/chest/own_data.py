"""A site's own chest radiographs as a manifest that training reads.

    python -m hilum_training.chest.own_data --csv labels.csv --files dicom/ --out ../.training/own

The CSV has the columns `file` (path under the folder of files) and `patient`, and one column of 0 and 1 for each
finding; the nine findings of Hilum are named by their codes, other columns become findings of their own. `split` may
be a column; without it, patients are dealt out by a hash of their identifier, so that a case added later moves no
other. Files that cannot be read as a frontal chest image are listed in `dropped.jsonl` with the reason.
"""

import argparse
import csv
import hashlib
import json
import re
from pathlib import Path

import pydicom

from .. import json_lines

INTENDED_USE = "trained by this site on its own data; not validated for clinical use"
GIVEN = ("file", "patient", "split")
SHARES = (("test", 0.15), ("validation", 0.30))
"""Upper ends of the shares of patients; the rest trains."""


def split_of(patient: str) -> str:
    """Where a patient goes: always the same split, whatever other patients there are."""
    place = int(hashlib.sha256(patient.encode()).hexdigest()[:12], 16) / 16**12
    return next((split for split, end in SHARES if place < end), "train")


def write(table: Path, files: Path, out: Path) -> tuple[int, int]:
    """Writes manifest and provenance; returns how many cases were taken and dropped."""
    with table.open(newline="") as lines:
        reader = csv.DictReader(lines)
        codes = _codes(reader.fieldnames or [])
        rows = list(reader)
    out.mkdir(parents=True, exist_ok=True)
    cases, dropped = [], []
    for number, row in enumerate(rows):
        case = _case(number, row, codes, files, out)
        (dropped if "reason" in case else cases).append(case)
    _check_patients(cases)
    for name, content in (("manifest", cases), ("dropped", dropped)):
        json_lines.write(out / f"{name}.jsonl", content)
    (out / "provenance.json").write_text(json.dumps(
        {"data": f"{len(cases)} radiographs of {table.name}", "intended_use": INTENDED_USE}))
    return len(cases), len(dropped)


def _codes(columns: list[str]) -> list[str]:
    if missing := {"file", "patient"} - set(columns):
        raise SystemExit(f"the table lacks the columns {', '.join(sorted(missing))}")
    codes = [column for column in columns if column not in GIVEN]
    if not codes or any(not re.fullmatch("[a-z][a-z0-9_]*", code) for code in codes):
        raise SystemExit("findings are named by lower-case letters, digits and underscores, at least one of them")
    return codes


def _case(number: int, row: dict, codes: list[str], files: Path, out: Path) -> dict:
    split = row.get("split") or split_of(row["patient"])
    if split not in ("train", "validation", "test"):
        raise SystemExit(f"line {number + 2}: no split is named {split}")
    values = [row[code].strip() for code in codes]
    if any(value not in ("0", "1") for value in values):
        raise SystemExit(f"line {number + 2}: findings are 0 or 1")
    case = {"id": f"{split}-{number:06d}", "split": split, "patient": row["patient"], "task": "classify"}
    path = files / row["file"]
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True)
    except (OSError, pydicom.errors.InvalidDicomError) as error:
        return case | {"reason": f"not read: {type(error).__name__}"}
    if str(header.get("ViewPosition", "")).upper() in ("LL", "RL", "LATERAL"):
        return case | {"reason": "a lateral view"}
    link = out / split / f"{case['id']}.dcm"
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(path.absolute())
    return case | {"files": [f"{split}/{link.name}"], "expected": "answer",
                   "severities": {code: float(value) for code, value in zip(codes, values)},
                   "subgroups": _subgroups(header)}


def _subgroups(header: pydicom.Dataset) -> dict[str, str]:
    """What the header says of the patient and the image; absent attributes are left out."""
    groups = {"sex": header.get("PatientSex"), "view": header.get("ViewPosition"),
              "photometric": header.get("PhotometricInterpretation"), "bits": header.get("BitsStored"),
              "modality": header.get("Modality"), "window": "present" if "WindowCenter" in header else "absent"}
    age = re.fullmatch(r"0*(\d+)Y", str(header.get("PatientAge", "")))
    if age:
        decade = int(age[1]) // 10 * 10
        groups["age"] = f"{decade}-{decade + 9}"
    return {name: str(value) for name, value in groups.items() if value}


def _check_patients(cases: list[dict]) -> None:
    """One patient in two splits would be learned and examined at once."""
    seen: dict[str, str] = {}
    for case in cases:
        if seen.setdefault(case["patient"], case["split"]) != case["split"]:
            raise SystemExit(f"a patient stands in two splits: {case['split']} and {seen[case['patient']]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, required=True)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    taken, dropped = write(arguments.csv, arguments.files, arguments.out)
    print(f"{taken} cases, {dropped} dropped")


if __name__ == "__main__":
    main()
