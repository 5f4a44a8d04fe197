// Where the image lies on the stage: scale, quarter turns, place. Image coordinates are columns and rows of pixel
// centres; stage coordinates are device pixels.

export class Camera {
  #image;
  #stage = { width: 1, height: 1 };
  /** Rows are `aspect` times as high as columns are wide. */
  #aspect;
  quarterTurns = 0;
  scale = 1;
  center = { x: 0, y: 0 };
  #isFitted = true;

  constructor(columns, rows, aspect = 1) {
    this.#image = { columns, rows };
    this.#aspect = aspect;
    this.center = { x: columns / 2, y: rows / 2 };
  }

  resize(width, height) {
    this.#stage = { width, height };
    if (this.#isFitted) this.fit();
  }

  fit() {
    const { columns, rows } = this.#image, high = rows * this.#aspect;
    const [width, height] = this.quarterTurns % 2 === 0 ? [columns, high] : [high, columns];
    this.scale = Math.min(this.#stage.width / width, this.#stage.height / height);
    this.center = { x: columns / 2, y: rows / 2 };
    this.#isFitted = true;
  }

  /** One image pixel on one device pixel. */
  oneToOne() {
    this.scale = 1;
    this.#isFitted = false;
  }

  turn() {
    this.quarterTurns = (this.quarterTurns + 1) % 4;
    if (this.#isFitted) this.fit();
  }

  /** Makes the image larger by `factor` around a place of the stage, which stays where it is. */
  zoom(factor, at = { x: this.#stage.width / 2, y: this.#stage.height / 2 }) {
    const before = this.toImage(at);
    this.scale = Math.min(64, Math.max(0.02, this.scale * factor));
    const after = this.toImage(at);
    this.center.x += before.x - after.x;
    this.center.y += before.y - after.y;
    this.#isFitted = false;
  }

  /** Moves the image by so many device pixels. */
  pan(dx, dy) {
    const from = this.toImage({ x: 0, y: 0 }), to = this.toImage({ x: dx, y: dy });
    this.center.x -= to.x - from.x;
    this.center.y -= to.y - from.y;
    this.#isFitted = false;
  }

  /** `[a, b, c, d, e, f]` as canvases take it: from image to stage. */
  get matrix() {
    const turns = [[1, 0, 0, 1], [0, 1, -1, 0], [-1, 0, 0, -1], [0, -1, 1, 0]][this.quarterTurns];
    const a = turns[0] * this.scale, b = turns[1] * this.scale;
    const c = turns[2] * this.scale * this.#aspect, d = turns[3] * this.scale * this.#aspect;
    return [a, b, c, d,
      this.#stage.width / 2 - a * this.center.x - c * this.center.y,
      this.#stage.height / 2 - b * this.center.x - d * this.center.y];
  }

  toStage({ x, y }) {
    const [a, b, c, d, e, f] = this.matrix;
    return { x: a * x + c * y + e, y: b * x + d * y + f };
  }

  toImage({ x, y }) {
    const [a, b, c, d, e, f] = this.matrix, determinant = a * d - b * c;
    return { x: (d * (x - e) - c * (y - f)) / determinant, y: (a * (y - f) - b * (x - e)) / determinant };
  }
}
