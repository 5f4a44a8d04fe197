// The worklist page: the list on the left, the selected study on the right, both kept up by the gateway's events.

import { call, CallError, learnCaller, listen } from "../shared/calls.js";
import { byId, showProblem } from "../shared/dom.js";
import { frame, onKeys, showLive } from "../shared/frame.js";
import { count, notice } from "../shared/words.js";
import { askReader } from "./reader.js";
import { drawDetail } from "./detail.js";
import { Filters } from "./filters.js";
import { drawRows } from "./rows.js";
import { Studies } from "./studies.js";

const PAGE_SIZE = 200, REFRESH = 60_000;

const studies = new Studies();
const filters = new Filters(byId("filters"), filtersChanged);
let selected = new URLSearchParams(location.hash.slice(1)).get("study") ?? "";
let detail = null;
/** Whether the list was asked for with the studies that were read. */
let hasReviewed = false;
/** Grows with each question for a study, so that a late answer to an earlier one is dropped. */
let question = 0;

const help = frame({
  title: "Hilum worklist", current: "worklist",
  keys: [
    ["j k", "next study, study before"], ["Enter", "open the images"], ["c", "claim"], ["a", "accept the flag"],
    ["r", "reject the flag"], ["/", "search"], ["Esc", "back to the list"], ["?", "this help"]],
});

/** What was read has to be asked for; everything else is here. */
function filtersChanged() {
  if (filters.includesReviewed !== hasReviewed) load();
  else draw();
}

function draw() {
  const shown = studies.ordered(filters.admits);
  filters.offerModalities(studies.values("modality"));
  drawRows(byId("rows"), shown, { selected, waiting: entry => studies.waiting(entry), onSelect: uid => select(uid, true) });
  byId("summary").textContent = `${count(shown.length, "study").replace("studys", "studies")}`
    + (filters.isActive ? ` of ${studies.size}` : "") + (studies.nextPageToken ? ", more on the gateway" : "");
  byId("more").hidden = !studies.nextPageToken;
}

async function load(isFirst = true) {
  try {
    hasReviewed = filters.includesReviewed;
    const request = {
      pageSize: PAGE_SIZE, pageToken: isFirst ? "" : studies.nextPageToken, includeReviewed: hasReviewed };
    studies.take(await call("TriageService/ListWorklist", request), { isFirst });
    showProblem("");
  } catch (error) {
    tell(error);
  }
  draw();
}

async function select(uid, isWanted = false) {
  if (!uid) return;
  selected = uid;
  history.replaceState(null, "", `#study=${uid}`);
  if (isWanted) document.body.dataset.showing = "detail";
  draw();
  byId("rows").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  await loadDetail();
}

async function loadDetail() {
  const mine = ++question;
  try {
    const answer = await call("TriageService/GetStudy", { studyInstanceUid: selected });
    if (mine !== question) return;
    detail = answer.study;
  } catch (error) {
    if (mine === question) tell(error);
    return;
  }
  showDetail();
}

function showDetail() {
  const typed = byId("comment")?.value ?? "";
  drawDetail(byId("detail"), detail, detail?.history ?? [], { review, back });
  if (typed && byId("comment")) byId("comment").value = typed;
  const text = detail ? notice(detail) : "";
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

async function review(action, finding = "", comment = "") {
  if (!detail) return;
  const reader = await askReader();
  if (!reader) return;
  try {
    const deed = (action, finding = "", comment = "") => call("TriageService/ReviewStudy", {
      studyInstanceUid: detail.studyInstanceUid, reader, action, finding, comment });
    // A verdict is for the one who reads the study: whoever gives one takes it, where nobody has.
    if (["ACCEPT", "REJECT"].includes(action) && !detail.claimedBy) await deed("CLAIM");
    await deed(action, finding, comment);
    if (action === "COMMENT" && byId("comment")) byId("comment").value = "";
    showProblem("");
    await loadDetail();
  } catch (error) {
    tell(error);
  }
}

function move(step) {
  const shown = studies.ordered(filters.admits);
  const at = shown.findIndex(entry => entry.study.studyInstanceUid === selected);
  const next = shown[Math.min(shown.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  if (next) select(next.study.studyInstanceUid);
}

function back() {
  delete document.body.dataset.showing;
  document.activeElement?.blur();
}

const tell = error => showProblem(error instanceof CallError ? error.message : `This page failed: ${error.message}`);

onKeys({
  j: () => move(1), k: () => move(-1), Enter: () => byId("open-images")?.click(), c: () => review("CLAIM"),
  a: () => review("ACCEPT"), r: () => review("REJECT"), "/": () => filters.focusSearch(), Escape: back,
  "?": () => help.showModal(),
});
byId("more").addEventListener("click", () => load(false));

await learnCaller().catch(tell);
await load();
if (selected) select(selected);
else drawDetail(byId("detail"), null, [], {});
setInterval(draw, 10_000);
setInterval(() => { if (!document.hidden) load(); }, REFRESH);

listen("api/events", {
  from: studies.resumeToken,
  onState: showLive,
  onEvent: event => {
    const entry = JSON.parse(event.data);
    studies.put(entry);
    draw();
    if (entry.study?.studyInstanceUid === selected) loadDetail();
  },
});
