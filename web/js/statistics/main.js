// The statistics page: machines, renewed every few seconds, and what was counted of studies.

import { CallError, get, learnCaller } from "../shared/calls.js";
import { byId, fill, showProblem } from "../shared/dom.js";
import { frame, onKeys } from "../shared/frame.js";
import { Card } from "./charts.js";
import { CHARTS, driftChart, driftFigures } from "./figures.js";
import { drawMachines } from "./machines.js";

const MACHINES_EVERY = 5_000, STUDIES_EVERY = 60_000;

const help = frame({ title: "Statistics", current: "statistics", keys: [["Esc", "to the worklist"], ["?", "this help"]] });
const cards = new Map();

function card(spec) {
  if (!cards.has(spec.id)) cards.set(spec.id, new Card(spec));
  return cards.get(spec.id);
}

async function loadStudies() {
  const days = Number(byId("days").value), zone = -new Date().getTimezoneOffset();
  const report = await (await get(`api/statistics?days=${days}&zone=${zone}`)).json();
  const shown = [...CHARTS.map(spec => [card(spec), spec.of(report, days)]),
    ...report.drift.map(drift => [card(driftChart(drift)), driftFigures(drift)])];
  fill(byId("charts"), shown.map(([one]) => one.place));
  for (const [one, figures] of shown) one.show(figures);
  const total = report.modalities.reduce((sum, one) => sum + one.count, 0);
  byId("total").textContent = total === 1 ? "1 study" : `${total} studies`;
}

async function loadMachines() {
  drawMachines(byId("machines"), await (await get("api/machines")).json());
}

async function attempt(work) {
  try {
    await work();
    showProblem("");
  } catch (error) {
    showProblem(error instanceof CallError ? error.message : `This page failed: ${error.message}`);
  }
}

byId("days").addEventListener("change", () => attempt(loadStudies));
addEventListener("hilum-theme", () => { for (const one of cards.values()) one.draw(); });
onKeys({ Escape: () => { location.href = "./"; }, "?": () => help.showModal() });
const whileSeen = work => () => { if (!document.hidden) attempt(work); };
setInterval(whileSeen(loadMachines), MACHINES_EVERY);
setInterval(whileSeen(loadStudies), STUDIES_EVERY);
await attempt(async () => {
  await learnCaller();
  await Promise.all([loadMachines(), loadStudies()]);
});
