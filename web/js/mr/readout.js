// The planes in words and figures: what was answered, what the reader changed, and what to hand to the scanner.

import { element } from "../shared/dom.js";
import { fixed, VIEWS } from "../shared/words.js";

/** What is copied of a view, as values. */
export const attributesOf = (view, frameOfReference) => ({
  view: view.id, FrameOfReferenceUID: frameOfReference, ...view.plane.attributes });

/** The same as lines of text. */
export function textOf(view, frameOfReference) {
  const { ImageOrientationPatient: iop, ImagePositionPatient: ipp, PixelSpacing: spacing, Rows, Columns } = view.plane.attributes;
  return [
    VIEWS[view.id].long, `FrameOfReferenceUID (0020,0052): ${frameOfReference}`,
    `ImageOrientationPatient (0020,0037): ${iop.join("\\")}`, `ImagePositionPatient (0020,0032): ${ipp.join("\\")}`,
    `PixelSpacing (0028,0030): ${spacing.join("\\")}`, `Rows, Columns: ${Rows}, ${Columns}`].join("\n");
}

/** One view's part of the side. `actions`: `nudge(id, move)`, `reset(id)`, `copy(text)`. */
export function planeCard(view, frameOfReference, actions) {
  const { short, long, colour } = VIEWS[view.id];
  const { degrees, millimetres } = view.plane.difference(view.answered);
  const isChanged = degrees > 0.005 || millimetres > 0.005;
  const text = textOf(view, frameOfReference);
  const step = (label, title, move) => element("button", {
    type: "button", "aria-label": `${long}: ${title}`, title, onclick: () => actions.nudge(view.id, move) }, label);
  const card = element("section", { class: "plane", "data-view": view.id, "aria-label": long },
    element("h2", {}, `${short} · ${long}`),
    element("dl", { class: "facts" },
      element("dt", {}, "Confidence"), element("dd", {}, fixed(view.confidence, 2)),
      element("dt", {}, "Residual"), element("dd", {}, `${fixed(view.residual, 2)} mm`),
      view.slices && [element("dt", {}, "Slices"), element("dd", {}, `${view.slices.count} of ${fixed(view.slices.thicknessMm, 1)} mm, gap ${fixed(view.slices.gapMm ?? 0, 1)} mm`)],
      element("dt", {}, "Adjusted"), element("dd", { class: "adjusted" }, isChanged ? `by ${fixed(degrees, 1)}°, ${fixed(millimetres, 1)} mm` : "no")),
    element("div", { class: "row" },
      step("−1 mm", "back along the normal by 1 mm", { along: -1 }), step("+1 mm", "forward along the normal by 1 mm", { along: 1 }),
      step("↺ row", "turn about the row by −1°", { row: -1 }), step("↻ row", "turn about the row by 1°", { row: 1 }),
      step("↺ col", "turn about the column by −1°", { column: -1 }), step("↻ col", "turn about the column by 1°", { column: 1 })),
    element("label", { for: `text-${view.id}`, class: "visually-hidden" }, `${long}: attributes`),
    element("textarea", { id: `text-${view.id}`, readonly: true, rows: 7 }, text),
    element("div", { class: "row" },
      element("button", { type: "button", onclick: () => actions.copy(text, `${long} as text`) }, "Copy text"),
      element("button", { type: "button", onclick: () => actions.copy(JSON.stringify(attributesOf(view, frameOfReference), null, 2), `${long} as JSON`) }, "Copy JSON"),
      element("button", { type: "button", disabled: !isChanged, onclick: () => actions.reset(view.id) }, "Undo")));
  card.style.setProperty("--colour", `var(${colour})`);
  return card;
}
