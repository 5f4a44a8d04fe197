// One square on the page: a cut of the volume with the lines in which the planned planes cross it.

import { element } from "../shared/dom.js";
import { colour } from "../shared/frame.js";
import { add, dot, times } from "./vector.js";

const GRAB = 9;

export class Cut {
  /**
   * @param name shown in the corner
   * @param options marks at the sides, `onEdit(id, plane)` while a line is dragged, `onPoint(point)` for a click
   */
  constructor(name, { marks = {}, onEdit, onPoint, onScroll }) {
    this.picture = element("canvas", { "aria-hidden": "true" });
    this.lines = element("canvas", { "aria-hidden": "true" });
    this.title = element("h2", {}, name);
    this.place = element("div", { class: "cut", "data-cut": name }, this.picture, this.lines, this.title,
      Object.entries(marks).map(([side, text]) => this.#mark(side, text)));
    Object.assign(this, { onEdit, onPoint, onScroll });
    this.#listen();
  }

  #mark(side, text) {
    const mark = element("span", { class: "side-mark", "aria-hidden": "true" }, text);
    Object.assign(mark.style, { left: { left: "4px", top: "50%" }, right: { right: "4px", top: "50%" },
      top: { top: "4px", left: "50%" }, bottom: { bottom: "4px", left: "50%" } }[side]);
    return mark;
  }

  /** Draws the cut along `plane` and over it the planes of `others`: `[{ id, plane, colour, group }]`. */
  draw(volume, plane, others, range) {
    const size = Math.max(64, Math.round(this.place.clientWidth * devicePixelRatio));
    if (this.picture.width !== size) for (const canvas of [this.picture, this.lines]) Object.assign(canvas, { width: size, height: size });
    Object.assign(this, { plane, others });
    volume.draw(this.picture, plane, range);
    this.drawLines();
  }

  /** Pixels of the canvas for a place in mm from the centre. */
  #toCanvas({ u, v }) {
    const scale = this.lines.width / this.plane.side;
    return { x: (u + this.plane.side / 2) * scale, y: (v + this.plane.side / 2) * scale };
  }

  drawLines() {
    const context = this.lines.getContext("2d"), unit = devicePixelRatio;
    context.clearRect(0, 0, this.lines.width, this.lines.height);
    for (const { plane, colour: name, group, id } of this.others) {
      context.strokeStyle = context.fillStyle = colour(name);
      for (const slice of group) this.#line(context, plane.moved(slice), 0.75 * unit, 0.55);
      const ends = this.#line(context, plane, (id === this.grabbed?.id ? 3 : 1.75) * unit, 1);
      if (ends) this.#handles(context, plane, ends, unit);
    }
  }

  #line(context, plane, width, alpha) {
    const ends = this.plane.crossing(plane);
    if (!ends) return null;
    const [a, b] = ends.map(end => this.#toCanvas(end));
    context.globalAlpha = alpha;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.stroke();
    context.globalAlpha = 1;
    return [a, b];
  }

  /** A dot to move by near the plane's centre, and two rings to turn by. */
  #handles(context, plane, ends, unit) {
    const { center, turns } = this.#grips(plane, ends);
    context.lineWidth = 1.5 * unit;
    context.beginPath();
    context.arc(center.x, center.y, 4 * unit, 0, 2 * Math.PI);
    context.fill();
    for (const at of turns) {
      context.beginPath();
      context.arc(at.x, at.y, 4 * unit, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  #grips(plane, [a, b]) {
    const at = this.#toCanvas(this.plane.place(plane.center));
    const along = { x: b.x - a.x, y: b.y - a.y }, long = Math.hypot(along.x, along.y) || 1;
    const t = Math.min(0.85, Math.max(0.15, ((at.x - a.x) * along.x + (at.y - a.y) * along.y) / long ** 2));
    const on = share => ({ x: a.x + along.x * share, y: a.y + along.y * share });
    return { center: on(t), turns: [on(Math.max(0.04, t - 0.3)), on(Math.min(0.96, t + 0.3))] };
  }

  /** What lies under a place of the canvas: the line and whether it is moved or turned there. */
  #under(at) {
    const near = (point, reach) => Math.hypot(point.x - at.x, point.y - at.y) < reach * devicePixelRatio;
    for (const other of this.others) {
      const ends = this.plane.crossing(other.plane)?.map(end => this.#toCanvas(end));
      if (!ends) continue;
      const { turns } = this.#grips(other.plane, ends);
      if (turns.some(turn => near(turn, GRAB + 3))) return { id: other.id, does: "turn" };
      const [a, b] = ends, long = Math.hypot(b.x - a.x, b.y - a.y) || 1;
      const away = Math.abs((b.x - a.x) * (a.y - at.y) - (a.x - at.x) * (b.y - a.y)) / long;
      if (away < GRAB * devicePixelRatio) return { id: other.id, does: "move" };
    }
    return null;
  }

  #listen() {
    const { place } = this;
    const at = event => {
      const box = place.getBoundingClientRect(), scale = this.lines.width / box.width;
      return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
    };
    place.addEventListener("pointerdown", event => {
      if (!this.plane || !event.isPrimary) return;
      place.setPointerCapture(event.pointerId);
      this.last = at(event);
      this.grabbed = this.#under(this.last);
      if (!this.grabbed) this.onPoint?.(this.#toPatient(this.last));
    });
    place.addEventListener("pointermove", event => {
      if (!this.plane) return;
      const now = at(event);
      if (!this.last) {
        place.style.cursor = { move: "move", turn: "grab" }[this.#under(now)?.does] ?? (this.onPoint ? "crosshair" : "default");
        return;
      }
      if (this.grabbed) this.#drag(this.last, now);
      else this.onPoint?.(this.#toPatient(now));
      this.last = now;
    });
    for (const name of ["pointerup", "pointercancel"]) {
      place.addEventListener(name, () => {
        this.last = this.grabbed = null;
        if (this.plane) this.drawLines();
      });
    }
    place.addEventListener("wheel", event => {
      if (!this.onScroll) return;
      event.preventDefault();
      this.onScroll(times(this.plane.normal, Math.sign(event.deltaY) * 2));
    }, { passive: false });
  }

  #toPatient(at) {
    const scale = this.plane.side / this.lines.width;
    return this.plane.point(at.x * scale - this.plane.side / 2, at.y * scale - this.plane.side / 2);
  }

  #drag(from, to) {
    const other = this.others.find(one => one.id === this.grabbed.id);
    if (!other) return;
    const scale = this.plane.side / this.lines.width;
    if (this.grabbed.does === "move") {
      const by = add(times(this.plane.row, (to.x - from.x) * scale), times(this.plane.column, (to.y - from.y) * scale));
      const { normal } = other.plane;
      this.onEdit(other.id, other.plane.moved(times(normal, dot(by, normal))));
    } else {
      const center = this.#toCanvas(this.plane.place(other.plane.center));
      const angle = Math.atan2(to.y - center.y, to.x - center.x) - Math.atan2(from.y - center.y, from.x - center.x);
      this.onEdit(other.id, other.plane.turned(this.plane.normal, angle));
    }
  }
}
