// Draws an image of any size at full depth: each pixel of the stage is interpolated between stored values and then
// looked up in the window's table, so that a new window costs as much as the stage is large and not the image.

/** The image and its halves, so that a small view averages instead of picking. */
export class Picture {
  #levels;

  constructor({ rows, columns, values }) {
    this.#levels = [{ rows, columns, values }];
    for (let last = this.#levels[0]; Math.min(last.rows, last.columns) >= 64;) {
      last = half(last);
      this.#levels.push(last);
    }
  }

  get columns() { return this.#levels[0].columns; }
  get rows() { return this.#levels[0].rows; }

  /** The stored value at a pixel; undefined outside. */
  at(column, row) {
    const { rows, columns, values } = this.#levels[0];
    return column >= 0 && row >= 0 && column < columns && row < rows ? values[row * columns + column] : undefined;
  }

  /**
   * Draws into `canvas`.
   *
   * @param camera where the image lies
   * @param rgba colour of each stored value, from `lowest` on
   */
  draw(canvas, camera, rgba, lowest) {
    const { width, height } = canvas;
    const context = canvas.getContext("2d");
    const output = context.createImageData(width, height);
    const depth = Math.min(this.#levels.length - 1, Math.max(0, Math.floor(Math.log2(1 / camera.scale))));
    paint(new Uint32Array(output.data.buffer), width, height, this.#levels[depth], camera, 1 / 2 ** depth, rgba, lowest);
    context.putImageData(output, 0, 0);
  }
}

function paint(output, width, height, { rows, columns, values }, camera, share, rgba, lowest) {
  const origin = camera.toImage({ x: 0.5, y: 0.5 });
  const right = camera.toImage({ x: 1.5, y: 0.5 }), down = camera.toImage({ x: 0.5, y: 1.5 });
  const stepX = (right.x - origin.x) * share, stepY = (right.y - origin.y) * share;
  const isExact = share === 1 && camera.scale >= 1 && Number.isInteger(camera.scale);
  for (let row = 0, at = 0; row < height; row += 1) {
    let x = (origin.x + row * (down.x - origin.x)) * share, y = (origin.y + row * (down.y - origin.y)) * share;
    for (let column = 0; column < width; column += 1, at += 1, x += stepX, y += stepY) {
      if (x < 0 || y < 0 || x >= columns || y >= rows) { output[at] = 0xff000000; continue; }
      const value = isExact ? values[(y | 0) * columns + (x | 0)] : between(values, columns, rows, x - 0.5, y - 0.5);
      output[at] = rgba[value - lowest];
    }
  }
}

/** Bilinear between pixel centres, rounded to a stored value. */
function between(values, columns, rows, x, y) {
  const x0 = x < 0 ? 0 : x | 0, y0 = y < 0 ? 0 : y | 0;
  const x1 = x0 + 1 < columns ? x0 + 1 : x0, y1 = y0 + 1 < rows ? y0 + 1 : y0;
  const fx = x < 0 ? 0 : x - x0, fy = y < 0 ? 0 : y - y0;
  const top = values[y0 * columns + x0] * (1 - fx) + values[y0 * columns + x1] * fx;
  const bottom = values[y1 * columns + x0] * (1 - fx) + values[y1 * columns + x1] * fx;
  return Math.round(top * (1 - fy) + bottom * fy);
}

function half({ rows, columns, values }) {
  const high = rows >> 1, wide = columns >> 1;
  const kept = new values.constructor(high * wide);
  for (let row = 0; row < high; row += 1) {
    for (let column = 0; column < wide; column += 1) {
      const at = 2 * row * columns + 2 * column;
      kept[row * wide + column] = Math.round((values[at] + values[at + 1] + values[at + columns] + values[at + columns + 1]) / 4);
    }
  }
  return { rows: high, columns: wide, values: kept };
}
