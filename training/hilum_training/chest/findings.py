"""The nine findings: their codes, in output order, and what each means on the phantom."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Coding:
    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Finding:
    """One output of the chest network; `sign` says what the phantom shows when it is present."""

    code: str
    display: str
    priority: str
    sign: str
    codings: tuple[Coding, ...]


def private(code: str, display: str) -> Coding:
    return Coding("99HILUM", code.upper(), display)


# SNOMED CT codes stand here only where their meaning was checked; a body site carries the private code otherwise.
HEART = Coding("SCT", "80891009", "Heart structure")
ARCH = Coding("SCT", "57034009", "Aortic arch structure")
DIAPHRAGM = Coding("SCT", "5798000", "Diaphragm structure")

FINDINGS: tuple[Finding, ...] = (
    Finding("enlarged_heart", "Enlarged heart", "PRIORITY", "left ventricle long, apex left and down, ratio above 0.56",
            (Coding("SCT", "8186001", "Cardiomegaly"),)),
    Finding("enlarged_heart_shadow", "Enlarged heart shadow", "PRIORITY", "globular shadow, broad to both sides",
            (private("enlarged_heart_shadow", "Enlarged heart shadow"), HEART)),
    Finding("unfolded_aorta", "Unfolded aorta", "ROUTINE", "high, wide arch; ascending and descending part pushed out",
            (private("unfolded_aorta", "Unfolded aorta"),)),
    Finding("dense_aorta", "Dense aorta", "ROUTINE", "aorta attenuates more than blood over its whole length",
            (private("dense_aorta", "Dense aorta"),)),
    Finding("aortic_atherosclerosis", "Aortic atherosclerosis", "ROUTINE", "calcified plaques along the aortic walls",
            (private("aortic_atherosclerosis", "Aortic atherosclerosis"),)),
    Finding("diaphragm_relaxation", "Relaxed diaphragm dome", "PRIORITY", "one dome, or a hump of it, stands high",
            (private("diaphragm_relaxation", "Relaxed diaphragm dome"), DIAPHRAGM)),
    Finding("aortic_arch_sclerosis", "Sclerosis of the aortic arch", "ROUTINE", "calcified crescent on the aortic knob",
            (private("aortic_arch_sclerosis", "Sclerosis of the aortic arch"), ARCH)),
    Finding("scoliosis", "Scoliosis", "ROUTINE", "spine curved sideways, ribs with it",
            (Coding("SCT", "298382003", "Scoliosis deformity of spine"),)),
    Finding("vascular_hila", "Vascular hila", "PRIORITY", "wide hilar vessels and upper lobe branches",
            (private("vascular_hila", "Vascular hila"),)),
)
CODES: tuple[str, ...] = tuple(finding.code for finding in FINDINGS)


def draw_severities(rng: np.random.Generator, prevalence: float = 0.25, healthy: float = 0.12) -> dict[str, float]:
    """Severity of each finding: 0 when absent, else 0.35 to 1; several may occur together."""
    if rng.random() < healthy:
        return dict.fromkeys(CODES, 0.0)
    return {code: float(rng.uniform(0.35, 1)) if rng.random() < prevalence else 0.0 for code in CODES}


def severities(**present: float) -> dict[str, float]:
    """Severities by name, absent ones 0."""
    return dict.fromkeys(CODES, 0.0) | present
