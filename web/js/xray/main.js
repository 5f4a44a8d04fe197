// The X-ray page: one image at full depth, its findings with heat maps, and its header.

import { call, CallError, learnCaller } from "../shared/calls.js";
import { frame as pixelsOf, headers, number, value, values } from "../shared/dicom-web.js";
import { byId, element, fill, showProblem } from "../shared/dom.js";
import { probabilityBar } from "../shared/findings.js";
import { frame, onKeys } from "../shared/frame.js";
import { greyOf, presets, table } from "../shared/grey.js";
import { headerTable } from "../shared/header-table.js";
import { mayIdentify } from "../shared/session.js";
import { findingName, fixed, gateName, notice } from "../shared/words.js";
import { Camera } from "./camera.js";
import { colours, drawHeat, heatMaps } from "./heat.js";
import { drawMarks, spacingOf } from "./measure.js";
import { Picture } from "./picture.js";
import { onDrag } from "./pointer.js";
import { toolbar } from "./tools.js";

const uid = new URLSearchParams(location.hash.slice(1)).get("study") ?? "";
const stage = byId("stage"), canvases = ["picture", "heat", "marks"].map(byId);

/** Everything the stage shows; `draw` makes the screen agree with it. */
const state = {
  images: [], index: 0, study: null, header: null, picture: null, camera: null, grey: null, presets: [],
  window: { center: 0, width: 1 }, isInverted: false, tool: "window", marks: [], spacing: null,
  heat: { maps: null, shown: "", canvas: null, opacity: 0.5 }, pointer: null,
};

const actions = {
  choose: tool => { state.tool = tool; tools.show(state); },
  preset: index => { Object.assign(state.window, state.presets[index]); draw(); },
  window: changes => { Object.assign(state.window, changes); state.window.width = Math.max(1, state.window.width); draw(); },
  invert: () => { state.isInverted = !state.isInverted; draw(); },
  turn: () => { state.camera?.turn(); draw(); },
  fit: () => { state.camera?.fit(); draw(); },
  oneToOne: () => { state.camera?.oneToOne(); draw(); },
  zoom: (factor, at) => { state.camera?.zoom(factor, at); draw(); },
  clear: () => { state.marks = []; draw(); },
  reset: () => { if (state.picture) { startView(); draw(); } },
  opacity: share => { state.heat.opacity = share; draw(); },
  heat: toggleHeat,
  step: by => show(state.index + by),
};

const help = frame({
  title: "X-ray", current: "", keys: [
    ["w p z m", "drag to change the window, pan, zoom, measure"], ["← → ↑ ↓", "width and center of the window"],
    ["i", "invert"], ["t", "turn by 90°"], ["f", "fit"], ["1", "one image pixel on one screen pixel"], ["+ -", "zoom"],
    ["h", "heat map of the first flagged finding"], ["[ ]", "image before, next image"], ["0", "as at the start"],
    ["Esc", "back to the worklist"], ["?", "this help"]],
});
const tools = toolbar(byId("tools"), actions);

async function start() {
  if (!uid) throw new CallError(0, "", "No study was chosen; open one from the worklist");
  await learnCaller();
  const [{ study }, found] = await Promise.all([
    call("TriageService/GetStudy", { studyInstanceUid: uid }), headers(uid)]);
  state.study = study;
  // What was sent to us, and not the captures and reports that were made of it.
  const sent = new Set((study.instances ?? []).map(instance => instance.sopInstanceUid));
  state.images = found.filter(header => number(header, "00280010") > 0 && value(header, "00080060") !== "MR"
    && sent.has(value(header, "00080018")))
    .sort((a, b) => (number(a, "00200013") ?? 0) - (number(b, "00200013") ?? 0));
  if (state.images.length === 0) throw new CallError(0, "", "This study has no X-ray image");
  const text = notice(study);
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
  await show(0);
}

async function show(index) {
  if (index < 0 || index >= state.images.length) return;
  byId("loading").hidden = false;
  state.index = index;
  const header = state.images[index];
  const pixels = await pixelsOf(header);
  if (index !== state.index) return;
  Object.assign(state, {
    header, picture: new Picture(pixels), grey: greyOf(header, pixels), spacing: spacingOf(header),
    heat: { ...state.heat, maps: null, shown: "", canvas: null } });
  state.presets = presets(header, pixels, state.grey);
  startView();
  tools.offer(state);
  drawSide();
  byId("loading").hidden = true;
  draw();
}

function startView() {
  const [row, column] = [values(state.header, "00280030"), values(state.header, "00181164")].find(pair => pair.length === 2) ?? [1, 1];
  state.camera = new Camera(state.picture.columns, state.picture.rows, row / column || 1);
  state.window = { ...state.presets[0] };
  state.isInverted = state.grey.isInverted;
  state.marks = [];
  fitCanvases();
}

function fitCanvases() {
  const width = Math.round(stage.clientWidth * devicePixelRatio), height = Math.round(stage.clientHeight * devicePixelRatio);
  for (const canvas of canvases) Object.assign(canvas, { width, height });
  state.camera?.resize(width, height);
}

let isDue = false;
/** Draws once before the next picture of the screen, however often it is asked. */
function draw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    if (!state.picture) return;
    const { picture, camera, grey, window, isInverted } = state;
    picture.draw(canvases[0], camera, table(grey, window, isInverted), grey.lowest);
    canvases[1].style.opacity = state.heat.opacity;
    drawHeat(canvases[1], state.heat.canvas, camera, picture);
    drawMarks(canvases[2], state.marks, camera, state.spacing);
    tools.show(state);
    tell();
  });
}

function tell() {
  const { window, camera, pointer, picture, grey } = state;
  const at = pointer && camera.toImage(pointer), stored = at && picture.at(Math.floor(at.x), Math.floor(at.y));
  byId("readout").textContent = [
    `Image ${state.index + 1} of ${state.images.length} · C ${fixed(window.center, 0)} W ${fixed(window.width, 0)} · ${fixed(100 * camera.scale, 0)} %`,
    stored === undefined || stored === null ? "" : `column ${Math.floor(at.x)}, row ${Math.floor(at.y)}: ${fixed(stored * grey.slope + grey.intercept, 0)}`,
  ].filter(Boolean).join("\n");
}

function answer() {
  const sop = value(state.header, "00080018");
  return (state.study.instances ?? []).find(instance => instance.sopInstanceUid === sop);
}

function drawSide() {
  const instance = answer(), { findings = [], quality } = instance?.classification ?? {};
  fill(byId("side"),
    element("a", { href: `./#study=${uid}` }, "‹ Worklist"),
    element("section", { "aria-label": "Findings" },
      element("h2", {}, "Findings"),
      quality?.grade === "UNGRADABLE" && element("p", { class: "reason" }, `Not gradable: ${(quality.reasons ?? []).join(", ")}`),
      (quality?.gates ?? []).filter(gate => !gate.passed).map(gate => element("p", { class: "reason" },
        `${gateName(gate.name)}: ${fixed(gate.value ?? 0, 2)} against a limit of ${fixed(gate.limit ?? 0, 2)} ${gate.unit ?? ""}`)),
      !instance?.classification && element("p", { class: "reason" }, instance?.reason || "Not answered yet."),
      findings.map(finding => element("div", { class: "finding", "data-finding": finding.code },
        element("span", {}, finding.flagged ? element("strong", {}, findingName(finding.code)) : findingName(finding.code)),
        probabilityBar(finding), element("span", {}, fixed(finding.probability ?? 0, 3)),
        element("button", {
          type: "button", "aria-pressed": String(state.heat.shown === finding.code),
          "aria-label": `Heat map: ${findingName(finding.code)}`, onclick: () => toggleHeat(finding.code) }, "Map")))),
    element("section", { "aria-label": "Header" }, element("h2", {}, "Header"), headerTable(state.header, mayIdentify())));
}

/** Shows the map of a finding, or takes it away; without a code that of the first finding. */
async function toggleHeat(code = "") {
  const { heat, header } = state;
  const wanted = code || heat.shown || (answer()?.classification?.findings ?? [])[0]?.code;
  if (!wanted) return;
  try {
    if (heat.shown === wanted) Object.assign(heat, { shown: "", canvas: null });
    else {
      byId("loading").hidden = false;
      heat.maps ??= await heatMaps(uid, value(header, "00080018"));
      const map = heat.maps[wanted];
      if (!map) throw new CallError(0, "", `The classifier gave no heat map for ${findingName(wanted)}`);
      Object.assign(heat, { shown: wanted, canvas: await colours(map) });
    }
    showProblem("");
  } catch (error) {
    fail(error);
  }
  byId("loading").hidden = true;
  drawSide();
  draw();
}

function fail(error) {
  byId("loading").hidden = true;
  showProblem(error instanceof CallError ? error.message : `This page failed: ${error.message}`);
}

onDrag(stage, {
  begin: at => {
    if (state.tool !== "measure" || !state.camera) return;
    const point = state.camera.toImage(at);
    state.marks.push({ from: point, to: point });
  },
  move: (at, dx, dy, button) => {
    if (!state.camera) return;
    const tool = button === 0 ? state.tool : "pan";
    const range = state.grey.count * Math.abs(state.grey.slope);
    if (tool === "window") {
      const step = Math.max(state.window.width, range / 256) / stage.clientWidth * 1.5;
      actions.window({ width: state.window.width + dx * step, center: state.window.center + dy * step });
    } else if (tool === "pan") state.camera.pan(dx, dy);
    else if (tool === "zoom") state.camera.zoom(1.01 ** -dy);
    else state.marks.at(-1).to = state.camera.toImage(at);
    draw();
  },
  end: () => {
    const last = state.marks.at(-1);
    if (last && Math.hypot(last.to.x - last.from.x, last.to.y - last.from.y) < 1) state.marks.pop();
    draw();
  },
  hover: at => { state.pointer = at; if (state.picture) tell(); },
  wheel: (at, dy) => actions.zoom(dy < 0 ? 1.15 : 1 / 1.15, at),
});
new ResizeObserver(() => { fitCanvases(); draw(); }).observe(stage);

const nudge = (width, center) => () => {
  const step = state.window.width / 20;
  actions.window({ width: state.window.width + width * step, center: state.window.center + center * step });
};
onKeys({
  w: () => actions.choose("window"), p: () => actions.choose("pan"), z: () => actions.choose("zoom"),
  m: () => actions.choose("measure"), i: actions.invert, t: actions.turn, f: actions.fit, 1: actions.oneToOne,
  "+": () => actions.zoom(1.25), "-": () => actions.zoom(0.8), 0: actions.reset, h: () => toggleHeat(),
  "[": () => actions.step(-1), "]": () => actions.step(1), ArrowRight: nudge(1, 0), ArrowLeft: nudge(-1, 0),
  ArrowUp: nudge(0, 1), ArrowDown: nudge(0, -1), Escape: () => { location.href = `./#study=${uid}`; },
  "?": () => help.showModal(),
});

start().catch(fail);
