// The list: one row a study.

import { element, fill } from "../shared/dom.js";
import { count, duration, findingName, priorityName, splitReason, stateName } from "../shared/words.js";

/**
 * Draws the rows.
 *
 * @param place the table's body
 * @param entries in reading order
 * @param options selected UID, how long an entry waits, what a click does
 */
export function drawRows(place, entries, { selected, waiting, onSelect }) {
  fill(place, entries.map(entry => row(entry, entry.study.studyInstanceUid === selected, waiting(entry), onSelect)));
  if (entries.length === 0) {
    fill(place, element("tr", {}, element("td", { colspan: 6, class: "empty" }, "No study to show.")));
  }
}

function row(entry, isSelected, seconds, onSelect) {
  const { study } = entry;
  const level = priorityName(study.priority);
  const name = `${level}, ${study.modality || "unknown modality"}, waiting ${duration(seconds)}`;
  return element("tr", {
    "data-uid": study.studyInstanceUid, "aria-current": isSelected ? "true" : null,
    onclick: () => onSelect(study.studyInstanceUid) },
    element("td", {}, element("button", { type: "button", class: "open", "aria-label": `Study: ${name}` },
      element("span", { class: "tag", "data-level": level }, level))),
    element("td", { class: "waiting numbers", "data-overdue": entry.overdue ?? false }, duration(seconds), entry.overdue && " · overdue"),
    element("td", {}, study.modality || "–"),
    element("td", { class: "what" }, what(study)),
    element("td", { class: "state" }, stateName(study.state)),
    element("td", { class: "reader" }, readerOf(study)));
}

/** The flagged findings, or in words why there are none. */
function what(study) {
  const findings = study.flaggedFindings ?? [];
  if (findings.length > 0) return findings.map(findingName).join(", ");
  if (study.state === "PENDING") return `${count(study.instanceCount ?? 0, "image")}, ${study.reason || "waiting"}`;
  return splitReason(study.reason).trouble || (study.modality === "MR" ? "planes answered" : "nothing flagged");
}

/** Who reads it now, or who has read it. */
function readerOf({ claimedBy, reviewedBy }) {
  if (claimedBy) return `${claimedBy} reads`;
  return reviewedBy ? `read by ${reviewedBy}` : "";
}
