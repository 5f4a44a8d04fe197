// The page of a cardiac MR scout: three cuts of the volume with the planned planes as lines, and the views beside.

import { call, CallError, learnCaller } from "../shared/calls.js";
import { byId, element, fill, showProblem } from "../shared/dom.js";
import { frame, onKeys } from "../shared/frame.js";
import { notice, VIEWS } from "../shared/words.js";
import { Cut } from "./cut.js";
import { Plane } from "./plane.js";
import { attributesOf, planeCard } from "./readout.js";
import { add, dot, minus, times } from "./vector.js";
import { readVolume } from "./volume.js";

const uid = new URLSearchParams(location.hash.slice(1)).get("study") ?? "";
const RADIAN = Math.PI / 180;

/** Row and column directions of the scout's cuts in LPS, and the patient's sides around them. */
const CUTS = {
  Axial: { row: [1, 0, 0], column: [0, 1, 0], marks: { left: "R", right: "L", top: "A", bottom: "P" } },
  Coronal: { row: [1, 0, 0], column: [0, 0, -1], marks: { left: "R", right: "L", top: "H", bottom: "F" } },
  Sagittal: { row: [0, 1, 0], column: [0, 0, -1], marks: { left: "A", right: "P", top: "H", bottom: "F" } },
};
const state = { volume: null, point: [0, 0, 0], views: [], range: [0, 1], cuts: new Map() };

const help = frame({
  title: "Cardiac MR planes", current: "", keys: [
    ["Drag", "a line: along its normal; a ring on it: turn; elsewhere on the scout: move the cuts"],
    ["Wheel", "through the scout"], ["0", "undo all adjustments"], ["Esc", "back to the worklist"], ["?", "this help"]],
});

const actions = {
  edit: (id, plane) => { viewOf(id).plane = plane; draw(); },
  nudge: (id, { along = 0, row = 0, column = 0 }) => {
    let { plane } = viewOf(id);
    if (along) plane = plane.moved(times(plane.normal, along));
    if (row) plane = plane.turned(plane.row, row * RADIAN);
    if (column) plane = plane.turned(plane.column, column * RADIAN);
    actions.edit(id, plane);
  },
  reset: id => actions.edit(id, viewOf(id).answered),
  resetAll: () => { for (const view of state.views) view.plane = view.answered; draw(); },
  point: point => { state.point = point; draw(); },
  scroll: by => { state.point = add(state.point, by); draw(); },
  copy: async (text, what) => {
    try {
      await navigator.clipboard.writeText(text);
      byId("copied").textContent = `Copied: ${what}`;
    } catch {
      byId("copied").textContent = "This browser allows no copying here; select the text below the plane.";
    }
  },
};
const viewOf = id => state.views.find(view => view.id === id);

async function start() {
  if (!uid) throw new CallError(0, "", "No study was chosen; open one from the worklist");
  await learnCaller();
  const { study } = await call("TriageService/GetStudy", { studyInstanceUid: uid });
  const text = notice(study);
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
  const series = (study.instances ?? []).find(instance => instance.route === "planning")?.seriesInstanceUid ?? "";
  state.volume = await readVolume(uid, series, (done, all) => { byId("loading").textContent = `Loading slice ${done} of ${all}`; });
  state.views = (study.plans ?? []).flatMap(plan => plan.planes ?? []).filter(plane => VIEWS[plane.view]).map(viewFrom);
  state.point = state.views[0]?.plane.center ?? state.volume.middle;
  state.range = [...state.volume.range];
  if (state.views.length === 0) showProblem(study.reason ? `No planes: ${study.reason}` : "This study has no planes yet.");
  build();
  byId("loading").hidden = true;
  draw();
}

function viewFrom(answer) {
  const plane = Plane.of(answer);
  return { id: answer.view, plane, answered: plane, confidence: answer.confidence ?? 0, residual: answer.residualMm ?? 0,
    slices: answer.sliceGroup, offsets: sliceOffsets(answer.sliceGroup, plane) };
}

/** How far the first and last slice of a stack lie from its middle along the normal, mm. */
function sliceOffsets(group, plane) {
  if (!group?.firstCenter || !group?.lastCenter) return [];
  return [group.firstCenter, group.lastCenter].map(({ x = 0, y = 0, z = 0 }) => dot(minus([x, y, z], plane.center), plane.normal));
}

function build() {
  for (const [name, { marks }] of Object.entries(CUTS)) {
    state.cuts.set(name, new Cut(name, { marks, onEdit: actions.edit, onPoint: actions.point, onScroll: actions.scroll }));
  }
  for (const { id } of state.views) state.cuts.set(id, new Cut(VIEWS[id].long, { onEdit: actions.edit }));
  fill(byId("cuts"), [...state.cuts.values()].map(cut => cut.place));
  const [low, high] = state.volume.range, reach = high - low;
  const slider = (id, label, index) => element("span", { class: "labelled" }, element("label", { for: id }, label),
    element("input", { id, type: "range", min: low - reach * 0.25, max: high + reach * 0.5, step: reach / 200, value: state.range[index],
      oninput: event => { state.range[index] = Number(event.target.value); draw(); } }));
  fill(byId("tools"),
    element("span", { class: "group" }, slider("dark", "Black at", 0), slider("bright", "White at", 1)),
    element("span", { class: "group" },
      element("button", { type: "button", id: "copy-all", onclick: () => actions.copy(
        JSON.stringify(state.views.map(view => attributesOf(view, state.volume.frameOfReference)), null, 2), "all planes as JSON") }, "Copy all as JSON"),
      element("button", { type: "button", id: "undo-all", onclick: actions.resetAll }, "Undo all")),
    element("span", { id: "copied", role: "status", class: "soft" }));
  fill(byId("side"), element("a", { href: `./#study=${uid}` }, "‹ Worklist"), element("div", { id: "planes" }));
}

let isDue = false;
function draw() {
  if (isDue || !state.volume) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    const lines = state.views.map(({ id, plane, offsets }) => ({
      id, plane, colour: VIEWS[id].colour, group: offsets.map(offset => times(plane.normal, offset)) }));
    for (const [name, { row, column }] of Object.entries(CUTS)) {
      state.cuts.get(name).draw(state.volume, new Plane(cutCenter(row, column), row, column, state.volume.extent), lines, state.range);
    }
    for (const { id, plane } of state.views) {
      state.cuts.get(id).draw(state.volume, plane, lines.filter(line => line.id !== id), state.range);
    }
    drawCards();
  });
}

/** In the plane of the cut the middle of the volume, across it the chosen point. */
function cutCenter(row, column) {
  const middle = state.volume.middle;
  return middle.map((x, axis) => (row[axis] === 0 && column[axis] === 0 ? state.point[axis] : x));
}

/** Draws the cards anew; what has the focus keeps it. */
function drawCards() {
  const focused = document.activeElement?.getAttribute?.("aria-label");
  fill(byId("planes"), state.views.map(view => planeCard(view, state.volume.frameOfReference, actions)));
  if (focused) byId("planes").querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
}

new ResizeObserver(draw).observe(byId("cuts"));
addEventListener("hilum-theme", draw);
onKeys({ 0: actions.resetAll, Escape: () => { location.href = `./#study=${uid}`; }, "?": () => help.showModal() });

start().catch(error => {
  byId("loading").hidden = true;
  showProblem(error instanceof CallError ? error.message : `This page failed: ${error.message}`);
});
