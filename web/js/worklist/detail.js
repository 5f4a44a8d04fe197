// The selected study: what was answered, why, and what readers did.

import { element, fill } from "../shared/dom.js";
import { probabilityBar } from "../shared/findings.js";
import {
  actionName, count, findingName, fixed, gateName, instanceStateName, moment, priorityName, splitReason, stateName, VIEWS,
} from "../shared/words.js";

/**
 * Draws the study.
 *
 * @param actions `review(action, finding, comment)`, `back()`
 */
export function drawDetail(place, study, history, actions) {
  if (!study) {
    fill(place, element("p", { class: "soft" }, "Choose a study."));
    return;
  }
  fill(place,
    element("button", { type: "button", class: "back", onclick: actions.back }, "‹ Back to the list"),
    head(study),
    (study.instances ?? []).filter(instance => instance.classification).map(instance => radiograph(study, instance, actions)),
    planes(study),
    troubles(study),
    review(actions),
    past(history));
}

function head(study) {
  const level = priorityName(study.priority);
  return element("div", { class: "head" },
    element("div", { class: "row" },
      element("h2", {}, `${study.modality || "Unknown modality"} study`),
      element("span", { class: "tag", "data-level": level }, level),
      element("span", { class: "tag" }, stateName(study.state)), imagesLink(study)),
    element("p", { class: "uid soft" }, study.studyInstanceUid),
    element("dl", { class: "facts" },
      element("dt", {}, "Received"), element("dd", {}, moment(study.receivedAtMs)),
      Number(study.completedAtMs) > 0 && [element("dt", {}, "Answered"), element("dd", {}, moment(study.completedAtMs))],
      study.claimedBy && [element("dt", {}, "Read by"), element("dd", {}, `${study.claimedBy}, since ${moment(study.claimedAtMs)}`)],
      study.reviewedBy && [element("dt", {}, "Read"), element("dd", {}, `${moment(study.reviewedAtMs)} by ${study.reviewedBy}`)],
      study.conflictCount > 0 && [element("dt", {}, "Conflicts"), element("dd", {}, `${study.conflictCount} under a UID that other bytes have`)],
      element("dt", {}, "Images"), element("dd", {}, `${study.instanceCount ?? 0}, ${study.settledCount ?? 0} settled`)),
    reason(study));
}

/** What is the matter, which asks for a look where the study is flagged; and what made the study whole, which does not. */
function reason(study) {
  const { trouble, closing } = splitReason(study.reason);
  return [
    trouble && element("p", { class: "reason", "data-level": study.flagged ? "warning" : null }, trouble),
    closing && element("p", { class: "reason" }, closing)];
}

function imagesLink(study) {
  const page = (study.plans ?? []).length > 0 || study.modality === "MR" ? "mr.html" : "xray.html";
  return element("a", { id: "open-images", class: "push", href: `${page}#study=${study.studyInstanceUid}` }, "Open images");
}

function radiograph(study, instance, actions) {
  const { quality, findings = [] } = instance.classification;
  const failed = (quality?.gates ?? []).filter(gate => !gate.passed);
  return element("section", { "aria-label": "Findings" },
    element("h3", {}, study.instances.length > 1 ? `Image ${study.instances.indexOf(instance) + 1}` : "Findings"),
    quality?.grade === "UNGRADABLE" && element("p", { class: "reason", "data-level": "warning" },
      `Not gradable: ${(quality.reasons ?? []).join(", ")}. Nothing is said about findings.`),
    failed.map(gate => element("p", { class: "reason", "data-level": "warning" }, gateText(gate))),
    findings.map(finding => findingLine(finding, actions)),
    (quality?.gates ?? []).length > 0 && element("details", {},
      element("summary", {}, `Image checks: ${failed.length === 0 ? "all passed" : `${failed.length} failed`}`),
      element("ul", {}, quality.gates.map(gate => element("li", {}, gateText(gate))))));
}

const gateText = gate =>
  `${gateName(gate.name)}: ${gate.passed ? "passed" : "failed"}, ${fixed(gate.value ?? 0, 2)} against a limit of ${fixed(gate.limit ?? 0, 2)} ${gate.unit ?? ""}`;

function findingLine(finding, actions) {
  const name = findingName(finding.code);
  return element("div", { class: "finding", "data-finding": finding.code },
    element("span", { class: "name" }, finding.flagged ? element("strong", {}, name) : name),
    probabilityBar(finding),
    element("span", { class: "value numbers" }, fixed(finding.probability ?? 0, 3)),
    finding.flagged && element("span", { class: "decide" },
      element("button", { type: "button", "aria-label": `Accept ${name}`, onclick: () => actions.review("ACCEPT", finding.code) }, "Accept"),
      element("button", { type: "button", "aria-label": `Reject ${name}`, onclick: () => actions.review("REJECT", finding.code) }, "Reject")));
}

function planes(study) {
  const found = (study.plans ?? []).flatMap(plan => plan.planes ?? []);
  return found.length > 0 && element("section", { "aria-label": "Planes" },
    element("h3", {}, "Planes"),
    element("table", {},
      element("thead", {}, element("tr", {}, ["View", "Confidence", "Residual"].map(text => element("th", { scope: "col" }, text)))),
      element("tbody", {}, found.map(plane => element("tr", {},
        element("td", {}, VIEWS[plane.view]?.long ?? plane.view),
        element("td", { class: "numbers" }, fixed(plane.confidence, 2)),
        element("td", { class: "numbers" }, `${fixed(plane.residualMm, 1)} mm`))))));
}

/** Instances without an answer and why, the same reason once. */
function troubles(study) {
  const waiting = (study.instances ?? []).filter(instance => instance.state !== "ANSWERED");
  const groups = Map.groupBy(waiting, instance => `${instanceStateName(instance.state)}${instance.reason ? `: ${instance.reason}` : ""}`);
  return groups.size > 0 && element("section", { "aria-label": "Without an answer" },
    element("h3", {}, "Without an answer"),
    [...groups].map(([text, of]) => element("p", { class: "reason", "data-level": "warning" }, `${count(of.length, "image")} ${text}`)));
}

function review(actions) {
  const comment = element("textarea", { id: "comment", rows: 2, maxlength: 2000 });
  const button = (action, text, kind) =>
    element("button", { type: "button", class: kind, onclick: () => actions.review(action, "", "") }, text);
  const send = event => {
    event.preventDefault();
    if (comment.value.trim()) actions.review("COMMENT", "", comment.value.trim());
  };
  return element("section", { "aria-label": "Review" },
    element("h3", {}, "Review"),
    element("div", { class: "row" },
      button("CLAIM", "Claim", "main"), button("RELEASE", "Give back"), button("ACCEPT", "Accept flag"), button("REJECT", "Reject flag")),
    element("form", { class: "row", onsubmit: send },
      element("label", { for: "comment" }, "Comment"), comment, element("button", {}, "Add comment")));
}

function past(history) {
  return history.length > 0 && element("section", { "aria-label": "History" },
    element("h3", {}, "History"),
    element("ol", { class: "history" }, history.map(deed => element("li", {},
      element("time", { class: "soft" }, moment(deed.atMs)), ` ${deed.reader} ${actionName(deed.action)}`,
      deed.finding ? ` ${findingName(deed.finding)}` : "", deed.comment && [" ", element("q", {}, deed.comment)]))));
}
