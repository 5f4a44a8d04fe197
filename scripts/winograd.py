#!/usr/bin/env python3
"""Derives the Winograd matrices of a kernel of 5 taps and writes Sources/Shared/CKernels/nn_winograd_matrices.h.

    scripts/winograd.py            # writes the header
    scripts/winograd.py --check    # fails where the header differs

A tile of m outputs y[i] = Σ_k g[k]·d[i+k] reads n = m + 4 inputs and is computed as y = Aᵀ·((G·g) ⊙ (Bᵀ·d)), the
transposed Toom-Cook algorithm (Winograd 1980; Blahut, Fast Algorithms for Signal Processing, §5). With n - 1 different
points a_j and the point at infinity:

    Aᵀ[i][j] = a_j^i                          the last column is 1 for i = m - 1 and 0 else
    Bᵀ[j]    = f_j · coefficients of Π_{l≠j} (x - a_l)     the last row: of Π_l (x - a_l)
    G[j][k]  = a_j^k / (f_j · Π_{l≠j} (a_j - a_l))         the last row is 1 for k = 4 and 0 else

f_j is free; it makes the factors of Bᵀ small dyadic numbers. Every equation is checked here with exact fractions.
"""
import sys
from fractions import Fraction
from pathlib import Path

TAPS = 5
HEADER = Path(__file__).parents[1] / "Sources/Shared/CKernels/nn_winograd_matrices.h"
# Outputs of a tile: its points and the factors f_j of the rows of Bᵀ.
half = Fraction(1, 2)
TILES = {
    2: ([0, 1, -1, 2, -2], [1, 1, 1, 1, 1]),
    4: ([0, 1, -1, 2, -2, half, -half], [-1, 1, 1, 1, 1, 1, 1]),
}


def times(polynomial: list, root) -> list:
    """polynomial · (x - root), lowest power first."""
    shifted = [Fraction(0), *polynomial]
    return [a - root * b for a, b in zip(shifted, [*polynomial, Fraction(0)])]


def matrices(outputs: int) -> tuple[list, list, list]:
    points, factors = TILES[outputs]
    n = outputs + TAPS - 1
    assert len(points) == n - 1
    forward, kernel = [], []
    for j, (a, f) in enumerate(zip(points, factors)):
        polynomial, scale = [Fraction(f)], Fraction(f)
        for other in points[:j] + points[j + 1:]:
            polynomial = times(polynomial, other)
            scale *= a - other
        forward.append(polynomial + [Fraction(0)])
        kernel.append([Fraction(a) ** k / scale for k in range(TAPS)])
    whole = [Fraction(1)]
    for a in points:
        whole = times(whole, a)
    forward.append(whole)
    kernel.append([Fraction(k == TAPS - 1) for k in range(TAPS)])
    inverse = [[Fraction(a) ** i for a in points] + [Fraction(i == outputs - 1)] for i in range(outputs)]
    check(inverse, kernel, forward)
    return inverse, kernel, forward


def check(inverse: list, kernel: list, forward: list) -> None:
    """Σ_j Aᵀ[i][j]·G[j][k]·Bᵀ[j][l] must be 1 where l = i + k and 0 elsewhere."""
    n = len(forward)
    for i, row in enumerate(inverse):
        for k in range(TAPS):
            for l in range(n):
                assert sum(row[j] * kernel[j][k] * forward[j][l] for j in range(n)) == (l == i + k)


def c_matrix(type_name: str, name: str, rows: list) -> str:
    def number(x: Fraction) -> str:
        return f"{x.numerator}.0 / {x.denominator}" if x.denominator > 1 else f"{x.numerator}"
    body = "".join("    {" + ", ".join(number(x) for x in row) + "},\n" for row in rows)
    return f"static const {type_name} {name}[{len(rows)}][{len(rows[0])}] = {{\n{body}}};\n"


def header() -> str:
    parts = ["#pragma once\n// Written by scripts/winograd.py, which derives and checks these matrices: do not edit.\n"]
    for outputs in TILES:
        inverse, kernel, forward = matrices(outputs)
        points = ", ".join([*(str(p) for p in TILES[outputs][0]), "infinity"])
        parts.append(f"\n// F({outputs}, {TAPS}): {outputs} outputs from {outputs + TAPS - 1} inputs; points {points}.\n")
        parts.append(c_matrix("float", f"winograd_forward_{outputs}", forward))
        parts.append(c_matrix("float", f"winograd_inverse_{outputs}", inverse))
        parts.append(c_matrix("double", f"winograd_kernel_{outputs}", kernel))
    return "".join(parts)


def main() -> None:
    text = header()
    if "--check" in sys.argv[1:]:
        if HEADER.read_text() != text:
            sys.exit(f"{HEADER.name} differs from what {Path(__file__).name} writes")
    else:
        HEADER.write_text(text)


if __name__ == "__main__":
    main()
