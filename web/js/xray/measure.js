// Distances between two points of the image: in mm where the spacing of pixels is known, in pixels otherwise.

import { number, values } from "../shared/dicom-web.js";
import { fixed } from "../shared/words.js";

/**
 * The size of a pixel, `{ row, column, where }`: distance between rows and between columns in mm, and where these are mm.
 * PixelSpacing is calibrated (PS3.3 §10.7.1.3); ImagerPixelSpacing is that of the detector, before which the patient
 * stands, so what is in the patient is smaller by the magnification (PS3.3 §C.8.11.4) where the header knows it.
 */
export function spacingOf(header) {
  const [row, column] = values(header, "00280030").map(Number);
  if (row > 0 && column > 0) return { row, column, where: "" };
  const [high, wide] = values(header, "00181164").map(Number);
  if (!(high > 0 && wide > 0)) return null;
  const magnification = number(header, "00181114");
  return magnification > 0
    ? { row: high / magnification, column: wide / magnification, where: " in the patient (estimated)" }
    : { row: high, column: wide, where: " at the detector" };
}

/** The distance in words. */
export function distance(from, to, spacing) {
  const x = to.x - from.x, y = to.y - from.y;
  if (!spacing) return `${fixed(Math.hypot(x, y), 1)} px`;
  return `${fixed(Math.hypot(x * spacing.column, y * spacing.row), 1)} mm${spacing.where}`;
}

/** Draws the lines with their lengths. */
export function drawMarks(canvas, marks, camera, spacing) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  const unit = devicePixelRatio;
  context.font = `${13 * unit}px system-ui, sans-serif`;
  for (const { from, to } of marks) {
    const a = camera.toStage(from), b = camera.toStage(to);
    for (const [colour, width] of [["#000", 4], ["#ffd84d", 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = width * unit;
      context.beginPath();
      context.moveTo(a.x, a.y);
      context.lineTo(b.x, b.y);
      context.stroke();
    }
    const text = distance(from, to, spacing), width = context.measureText(text).width;
    context.fillStyle = "rgb(0 0 0 / 70%)";
    context.fillRect(b.x + 6 * unit, b.y - 10 * unit, width + 8 * unit, 20 * unit);
    context.fillStyle = "#ffd84d";
    context.fillText(text, b.x + 10 * unit, b.y + 5 * unit);
  }
}
