"""Studies without end: copies of a few, each with identifiers of its own."""

import dataclasses
import io
import itertools

import pydicom


@dataclasses.dataclass(frozen=True)
class Study:
    uid: str
    instances: list


class Template:
    """One study, whose identifiers are replaced by others of the same length."""

    def __init__(self, files):
        self.files = files
        self.uids = {}
        for file in files:
            header = pydicom.dcmread(io.BytesIO(file), stop_before_pixels=True)
            for uid in (header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID):
                self.uids.setdefault(str(uid), len(self.uids))
        self.study = str(header.StudyInstanceUID)

    def make(self, number):
        new = {uid: f"2.25.9{number:0{len(uid) - 10}d}{part:04d}" for uid, part in self.uids.items()}
        files = []
        for file in self.files:
            for old, uid in new.items():
                assert len(old) == len(uid)
                file = file.replace(old.encode(), uid.encode())
            files.append(file)
        return Study(new[self.study], files)


def endless(templates, first=0):
    for number in itertools.count(first):
        yield templates[number % len(templates)].make(number)


def of_samples(folder):
    """Two radiographs and the MR scout that come with the project, for services that compute."""
    radiographs = sorted((folder / "chest").glob("*.dcm"), key=lambda path: path.stat().st_size)[:2]
    scout = [path.read_bytes() for path in sorted((folder / "cardiac/scout1").glob("*.dcm"))]
    return Template([radiographs[0].read_bytes()]), Template([radiographs[1].read_bytes()]), Template(scout)


def small():
    """The same in small, for stand-ins: 8 KiB an instance."""
    import instances

    radiograph = instances.template("DX", "1.2.840.10008.5.1.4.1.1.1.1", 1)
    mr = instances.template("MR", instances.MR, 10)
    slices = [mr.replace(b"9" * 40, f"{number:0>40d}".replace("0", "1", 1).encode()) for number in range(10)]
    return Template([radiograph]), Template([radiograph]), Template(slices)
