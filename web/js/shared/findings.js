// A finding's probability beside its threshold, as a bar and in figures.

import { element } from "./dom.js";
import { fixed } from "./words.js";

/** The bar: how far it is filled is the probability, the mark is the threshold. */
export function probabilityBar({ probability = 0, threshold = 0, flagged = false }) {
  const filled = element("span", { class: "fill" });
  const mark = element("span", { class: "mark" });
  filled.style.width = `${100 * probability}%`;
  mark.style.left = `calc(${100 * threshold}% - 1px)`;
  return element("div", {
    class: "probability", role: "img", "data-flagged": flagged,
    "aria-label": `probability ${fixed(probability, 3)}, threshold ${fixed(threshold, 3)}, ${flagged ? "flagged" : "not flagged"}`,
    title: `threshold ${fixed(threshold, 3)}` }, filled, mark);
}
