// What of the worklist is shown: state, priority, modality, finding, words.

import { element, fill } from "../shared/dom.js";
import { findingCodes, findingName, priorityName, stateName } from "../shared/words.js";

const EMPTY = { words: "", state: "", priority: "", modality: "", finding: "", read: false };

export class Filters {
  #values = { ...EMPTY };
  #form;
  #changed;

  constructor(form, changed) {
    this.#form = form;
    this.#changed = changed;
    form.addEventListener("submit", event => event.preventDefault());
    form.addEventListener("input", () => this.#read());
    const select = (name, label, options) => element("span", { class: "field" },
      element("label", { for: `by-${name}` }, label),
      element("select", { id: `by-${name}`, name }, element("option", { value: "" }, "all"),
        options.map(([value, text]) => element("option", { value }, text))));
    fill(form,
      element("span", { class: "search" },
        element("label", { for: "by-words", class: "visually-hidden" }, "Search"),
        element("input", { id: "by-words", name: "words", type: "search", placeholder: "Search  /", autocomplete: "off" })),
      select("priority", "Priority", ["URGENT", "PRIORITY", "ROUTINE"].map(code => [code, priorityName(code)])),
      select("state", "State", ["PENDING", "COMPLETE", "STUDY_FAILED"].map(code => [code, stateName(code)])),
      select("modality", "Modality", []),
      select("finding", "Finding", findingCodes.map(code => [code, findingName(code)])),
      element("label", { for: "by-read" }, element("input", { id: "by-read", name: "read", type: "checkbox" }), " read ones too"),
      element("button", { type: "reset", onclick: () => setTimeout(() => this.#read()) }, "Clear"));
  }

  #read() {
    const data = new FormData(this.#form);
    for (const key of Object.keys(EMPTY)) this.#values[key] = key === "read" ? data.has(key) : (data.get(key) ?? "");
    this.#changed();
  }

  /** Shows these modalities to choose from. */
  offerModalities(modalities) {
    const select = this.#form.elements.namedItem("modality");
    const known = [...select.options].slice(1).map(option => option.value);
    if (known.join() === modalities.join()) return;
    const chosen = select.value;
    fill(select, element("option", { value: "" }, "all"), modalities.map(name => element("option", { value: name }, name)));
    select.value = modalities.includes(chosen) ? chosen : "";
  }

  focusSearch() {
    this.#form.elements.namedItem("words").focus();
  }

  get isActive() {
    return Object.keys(EMPTY).some(key => this.#values[key] !== EMPTY[key]);
  }

  /** Whether studies that were read are wanted too. */
  get includesReviewed() {
    return this.#values.read;
  }

  /** Whether an entry is shown. */
  admits = ({ study }) => {
    const { words, state, priority, modality, finding, read } = this.#values;
    const findings = study.flaggedFindings ?? [];
    return (!state || study.state === state)
      && (!priority || (study.priority ?? "ROUTINE") === priority)
      && (!modality || study.modality === modality)
      && (!finding || findings.includes(finding))
      && (read || !study.reviewedBy)
      && words.toLowerCase().split(" ").every(word => text(study, findings).includes(word));
  };
}

const text = (study, findings) => [
  study.studyInstanceUid, study.modality, study.reason, study.claimedBy, study.reviewedBy, stateName(study.state),
  ...findings, ...findings.map(findingName)].join(" ").toLowerCase();
