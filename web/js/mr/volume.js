// The scout as a volume in the patient's coordinates, and cuts of it along any plane.

import { frame, headers, number, value, values } from "../shared/dicom-web.js";
import { CallError } from "../shared/calls.js";
import { add, cross, dot, minus, times } from "./vector.js";

const AT_ONCE = 6;

/** Reads the largest series of single-frame MR images of a study. */
export async function readVolume(study, series, onProgress) {
  const found = (await headers(study, series)).filter(header => value(header, "00080060") === "MR"
    && values(header, "00200032").length === 3 && values(header, "00200037").length === 6);
  const groups = Map.groupBy(found, header => value(header, "0020000E"));
  const slices = [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  if (slices.length < 2) throw new CallError(0, "", "This study has no series of MR slices with a position");
  const directions = values(slices[0], "00200037").map(Number);
  const row = directions.slice(0, 3), column = directions.slice(3), normal = cross(row, column);
  const height = header => dot(values(header, "00200032").map(Number), normal);
  slices.sort((a, b) => height(a) - height(b));
  return new Volume(slices, row, column, await readFrames(slices, onProgress));
}

async function readFrames(slices, onProgress) {
  const frames = new Array(slices.length);
  let next = 0, done = 0;
  const work = async () => {
    while (next < slices.length) {
      const mine = next++;
      frames[mine] = await frame(slices[mine]);
      onProgress(++done, slices.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return frames;
}

export class Volume {
  constructor(slices, row, column, frames) {
    const [{ rows, columns }] = frames;
    if (frames.some(one => one.rows !== rows || one.columns !== columns)) throw new CallError(0, "", "The slices differ in size");
    const [betweenRows, betweenColumns] = values(slices[0], "00280030").map(Number);
    const position = header => values(header, "00200032").map(Number);
    const last = position(slices.at(-1));
    Object.assign(this, { rows, columns, depth: slices.length, origin: position(slices[0]) });
    /** Patient coordinates of one step along columns, rows and slices. */
    this.steps = [times(row, betweenColumns), times(column, betweenRows),
      times(minus(last, this.origin), 1 / (slices.length - 1))];
    this.frameOfReference = value(slices[0], "00200052") ?? "";
    const slope = number(slices[0], "00281053") || 1, intercept = number(slices[0], "00281052") ?? 0;
    this.data = new Float32Array(rows * columns * slices.length);
    frames.forEach(({ values: pixels }, z) => this.data.set(Float32Array.from(pixels, x => x * slope + intercept), z * rows * columns));
    this.#invert();
    this.range = this.#quantiles(0.01, 0.995);
  }

  /** From patient coordinates to columns, rows and slices: the rows of the inverse matrix. */
  #invert() {
    const [x, y, z] = this.steps, volume = dot(x, cross(y, z));
    this.inverse = [times(cross(y, z), 1 / volume), times(cross(z, x), 1 / volume), times(cross(x, y), 1 / volume)];
  }

  #quantiles(low, high) {
    const sample = Float32Array.from({ length: 40_000 }, (_, i) => this.data[Math.floor(i * this.data.length / 40_000)]).sort();
    return [sample[Math.floor(low * (sample.length - 1))], sample[Math.floor(high * (sample.length - 1))]];
  }

  get middle() {
    const [x, y, z] = this.steps;
    return add(this.origin, add(times(x, (this.columns - 1) / 2), add(times(y, (this.rows - 1) / 2), times(z, (this.depth - 1) / 2))));
  }

  /** The longest side, mm. */
  get extent() {
    return Math.max(...[this.columns, this.rows, this.depth].map((count, i) => count * Math.hypot(...this.steps[i])));
  }

  /** Draws the cut along `plane` into a canvas, trilinear, from black at `low` to white at `high`. */
  draw(canvas, plane, [low, high]) {
    const { width, height } = canvas;
    const context = canvas.getContext("2d"), image = context.createImageData(width, height);
    const output = new Uint32Array(image.data.buffer);
    const pixel = plane.side / width, half = plane.side / 2;
    const index = point => this.inverse.map(row => dot(row, minus(point, this.origin)));
    const start = index(plane.point(pixel / 2 - half, pixel / 2 - half));
    const right = this.inverse.map(row => dot(row, times(plane.row, pixel)));
    const down = this.inverse.map(row => dot(row, times(plane.column, pixel)));
    const factor = 255 / Math.max(1e-6, high - low);
    for (let v = 0, at = 0; v < height; v += 1) {
      let x = start[0] + v * down[0], y = start[1] + v * down[1], z = start[2] + v * down[2];
      for (let u = 0; u < width; u += 1, at += 1, x += right[0], y += right[1], z += right[2]) {
        const grey = (this.#between(x, y, z) - low) * factor;
        const shade = grey <= 0 ? 0 : grey >= 255 ? 255 : grey | 0;
        output[at] = 0xff000000 | (shade << 16) | (shade << 8) | shade;
      }
    }
    context.putImageData(image, 0, 0);
  }

  #between(x, y, z) {
    const { columns, rows, depth, data } = this;
    if (x < 0 || y < 0 || z < 0 || x > columns - 1 || y > rows - 1 || z > depth - 1) return -Infinity;
    const x0 = Math.min(columns - 2, x | 0), y0 = Math.min(rows - 2, y | 0), z0 = Math.min(depth - 2, z | 0);
    const fx = x - x0, fy = y - y0, fz = z - z0, slice = rows * columns;
    const at = z0 * slice + y0 * columns + x0;
    const line = from => data[from] * (1 - fx) + data[from + 1] * fx;
    const square = from => line(from) * (1 - fy) + line(from + columns) * fy;
    return square(at) * (1 - fz) + square(at + slice) * fz;
  }
}
