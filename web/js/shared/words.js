// What codes and figures are called.

const FINDINGS = {
  enlarged_heart: "Enlarged heart", enlarged_heart_shadow: "Enlarged heart shadow", unfolded_aorta: "Unfolded aorta",
  dense_aorta: "Dense aorta", aortic_atherosclerosis: "Aortic atherosclerosis",
  diaphragm_relaxation: "Relaxed diaphragm dome", aortic_arch_sclerosis: "Sclerosis of the aortic arch",
  scoliosis: "Scoliosis", vascular_hila: "Vascular hila",
};
const GATES = {
  size: "Image size", blank: "Range of values", clipping: "Clipped pixels", polarity: "Polarity", rotation: "Rotation",
  chest: "Likeness to a chest", lateral: "Frontal view",
};
const STATES = { PENDING: "waiting", COMPLETE: "answered", STUDY_FAILED: "failed" };
const INSTANCE_STATES = {
  RECEIVED: "waiting", DISPATCHED: "with a service", ANSWERED: "answered", REFUSED: "refused", FAILED: "failed",
};
const ACTIONS = { CLAIM: "claimed", ACCEPT: "accepted", REJECT: "rejected", COMMENT: "commented", RELEASE: "gave back" };
export const VIEWS = {
  SHORT_AXIS: { short: "SA", long: "Short axis", colour: "--sa" },
  FOUR_CHAMBER: { short: "4CH", long: "Four-chamber", colour: "--ch4" },
  TWO_CHAMBER: { short: "2CH", long: "Two-chamber", colour: "--ch2" },
  THREE_CHAMBER: { short: "3CH", long: "Three-chamber", colour: "--ch3" },
};

const spelled = code => code.replaceAll("_", " ").toLowerCase();

export const findingName = code => FINDINGS[code] ?? spelled(code);
export const gateName = code => GATES[code] ?? spelled(code);
export const stateName = code => STATES[code] ?? spelled(code ?? "");
export const instanceStateName = code => INSTANCE_STATES[code] ?? spelled(code ?? "");
export const actionName = code => ACTIONS[code] ?? spelled(code ?? "");
export const findingCodes = Object.keys(FINDINGS);

/** "urgent", "priority" or "routine". */
export const priorityName = code => (code && code !== "PRIORITY_UNSPECIFIED" ? code.toLowerCase() : "routine");

/** A stretch of time as a reader says it: "8 min", "3 h 05 min", "2 d 4 h". */
export function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.max(0, Math.floor(seconds))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A moment in the reader's own time zone: "2026-11-27 14:05". */
export function moment(milliseconds) {
  const at = new Date(Number(milliseconds));
  const two = number => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

export const fixed = (value, digits) => (Number.isFinite(Number(value)) ? Number(value).toFixed(digits) : "–");

/** A number with what it counts: "1 image", "3 images". */
export const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

/** Every bundle that answered in a study, each once. */
export function models(study) {
  const found = [
    ...(study.instances ?? []).flatMap(instance => {
      const answer = instance.classification;
      return answer ? [answer.model, ...(answer.findings ?? []).map(finding => finding.model)] : [];
    }),
    ...(study.plans ?? []).map(plan => plan.model),
  ].filter(model => model?.name);
  return [...new Map(found.map(model => [`${model.name}/${model.version}`, model])).values()];
}

/** What a reader must know of the bundles that answered, for example that they saw synthetic images alone. */
export function notice(study) {
  const texts = Map.groupBy(models(study).filter(model => model.intendedUse), model => model.intendedUse);
  return [...texts].map(([text, of]) => `${of.map(model => `${model.name}/${model.version}`).join(", ")}: ${text}`).join(" · ");
}

/** A study's reason in two: what is the matter, and by which rule it was found whole. */
export function splitReason(reason = "") {
  const parts = reason.split("; ").filter(Boolean), isClosing = part => part.startsWith("complete by");
  return { trouble: parts.filter(part => !isClosing(part)).join("; "), closing: parts.filter(isClosing).join("; ") };
}
