// A square of a plane in the patient: its centre, the directions of its rows and columns, and its side.

import { add, cross, dot, length, minus, times, turned, unit } from "./vector.js";

/** Pixels along a side of what is read back. */
export const MATRIX = 256;

export class Plane {
  constructor(center, row, column, side) {
    Object.assign(this, { center, row, column, side });
  }

  /** From a `ViewPlane` of an answer. */
  static of({ center, row, column, fieldOfViewMm }) {
    const list = ({ x = 0, y = 0, z = 0 } = {}) => [x, y, z];
    return new Plane(list(center), list(row), list(column), fieldOfViewMm);
  }

  get normal() { return cross(this.row, this.column); }

  moved(by) { return new Plane(add(this.center, by), this.row, this.column, this.side); }

  /** Turned about an axis through its centre; rows and columns stay orthonormal. */
  turned(axis, angle) {
    const row = unit(turned(this.row, axis, angle)), raw = turned(this.column, axis, angle);
    return new Plane(this.center, row, unit(minus(raw, times(row, dot(raw, row)))), this.side);
  }

  /** The point at `u` mm along the row and `v` mm along the column from the centre. */
  point(u, v) { return add(this.center, add(times(this.row, u), times(this.column, v))); }

  /** Where a point lies over the plane: `{ u, v, height }` in mm. */
  place(point) {
    const from = minus(point, this.center);
    return { u: dot(from, this.row), v: dot(from, this.column), height: dot(from, this.normal) };
  }

  /**
   * The line in which another plane cuts this square: its two ends in mm from the centre, or null where it does not.
   */
  crossing(other) {
    const n = other.normal, half = this.side / 2;
    const a = dot(n, this.row), b = dot(n, this.column), c = dot(n, minus(this.center, other.center));
    const steep = Math.hypot(a, b);
    if (steep < 1e-3) return null;
    // The line's point nearest to our centre, and its direction; then what of it lies inside.
    const near = { u: -c * a / steep ** 2, v: -c * b / steep ** 2 }, along = { u: -b / steep, v: a / steep };
    let [from, to] = [-Infinity, Infinity];
    for (const axis of ["u", "v"]) {
      if (Math.abs(along[axis]) < 1e-9) {
        if (Math.abs(near[axis]) > half) return null;
        continue;
      }
      const ends = [(-half - near[axis]) / along[axis], (half - near[axis]) / along[axis]].sort((x, y) => x - y);
      [from, to] = [Math.max(from, ends[0]), Math.min(to, ends[1])];
    }
    if (from >= to) return null;
    const end = t => ({ u: near.u + t * along.u, v: near.v + t * along.v });
    return [end(from), end(to)];
  }

  /** What a scanner or a viewer reads (PS3.3 §C.7.6.2): position of the centre of the first pixel, directions, spacing. */
  get attributes() {
    const spacing = this.side / MATRIX, corner = (1 - MATRIX) / 2 * spacing;
    const exact = (list, digits) => list.map(x => Number(x.toFixed(digits)) + 0);
    return {
      ImageOrientationPatient: exact([...this.row, ...this.column], 6),
      ImagePositionPatient: exact(this.point(corner, corner), 3),
      PixelSpacing: exact([spacing, spacing], 6), Rows: MATRIX, Columns: MATRIX,
    };
  }

  /** How far this is from another plane: angle of the normals in degrees, distance of its centre in mm. */
  difference(other) {
    const sine = length(cross(this.normal, other.normal)), cosine = dot(this.normal, other.normal);
    return { degrees: Math.atan2(sine, cosine) * 180 / Math.PI, millimetres: length(minus(this.center, other.center)) };
  }
}
