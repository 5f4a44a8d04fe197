// The tools above the image.

import { element, fill } from "../shared/dom.js";

const TOOLS = [["window", "Window"], ["pan", "Pan"], ["zoom", "Zoom"], ["measure", "Measure"]];

/** Builds the bar; gives `offer(state)` for a new image and `show(state)` for a changed state. */
export function toolbar(place, actions) {
  const button = (text, action, id) => element("button", { type: "button", id, onclick: action }, text);
  const named = (text, name, action) => element("button", { type: "button", "aria-label": name, onclick: action }, text);
  const choices = new Map(TOOLS.map(([tool, name]) => [tool, button(name, () => actions.choose(tool), `tool-${tool}`)]));
  const preset = element("select", { id: "preset", onchange: () => actions.preset(Number(preset.value)) });
  const field = (id, change) => element("input", { id, type: "number", step: "any", onchange: event => change(Number(event.target.value)) });
  const center = field("center", x => actions.window({ center: x })), width = field("width", x => actions.window({ width: x }));
  const invert = button("Invert", actions.invert, "invert");
  const opacity = element("input", {
    id: "opacity", type: "range", min: 0, max: 100, value: 50, oninput: event => actions.opacity(event.target.value / 100) });
  const group = (...children) => element("span", { class: "group" }, ...children);
  const labelled = (text, control) =>
    element("span", { class: "labelled" }, element("label", { for: control.id }, text), control);
  fill(place,
    group([...choices.values()]),
    group(labelled("Preset", preset), labelled("C", center), labelled("W", width)),
    group(invert, button("Turn", actions.turn, "turn"), button("Fit", actions.fit, "fit"), button("1:1", actions.oneToOne, "one"),
      named("+", "Larger", () => actions.zoom(1.25)), named("−", "Smaller", () => actions.zoom(0.8)),
      button("Clear marks", actions.clear, "clear"), button("Reset", actions.reset, "reset")),
    group(labelled("Heat map opacity", opacity)));
  return {
    offer: state => fill(preset, state.presets.map(({ name }, index) => element("option", { value: index }, name))),
    show: state => {
      for (const [tool, one] of choices) one.setAttribute("aria-pressed", String(tool === state.tool));
      invert.setAttribute("aria-pressed", String(state.isInverted));
      for (const [field, x] of [[center, state.window.center], [width, state.window.width]]) {
        if (field !== document.activeElement) field.value = Math.round(x * 10) / 10;
      }
    },
  };
}
