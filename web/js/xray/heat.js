// The heat map of one finding over the image: grey of the map becomes colour and cover.

import { post } from "../shared/calls.js";

/** The maps of an image, by finding: `{ code: Blob }`; made by the classifier when asked for. */
export async function heatMaps(studyInstanceUid, sopInstanceUid) {
  const { heatmaps } = await post("api/heatmaps", { studyInstanceUid, sopInstanceUid });
  return Object.fromEntries(Object.entries(heatmaps).map(([code, text]) => [
    code, new Blob([Uint8Array.from(atob(text), letter => letter.charCodeAt(0))], { type: "image/png" })]));
}

/** A map as a canvas of colours: from nothing over violet and orange to yellow. */
export async function colours(png) {
  const image = await createImageBitmap(png);
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height);
  for (let at = 0; at < pixels.data.length; at += 4) {
    const heat = pixels.data[at] / 255;
    pixels.data[at] = 255 * Math.min(1, 0.35 + 1.1 * heat);
    pixels.data[at + 1] = 255 * Math.max(0, heat * heat * 1.05 - 0.05);
    pixels.data[at + 2] = 255 * Math.max(0, 0.55 - 0.7 * heat);
    pixels.data[at + 3] = 255 * Math.min(1, heat * 1.3);
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/** Draws a map, or nothing, where the image lies. */
export function drawHeat(canvas, map, camera, { columns, rows }) {
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!map) return;
  context.setTransform(...camera.matrix);
  context.imageSmoothingEnabled = true;
  context.drawImage(map, 0, 0, columns, rows);
}
