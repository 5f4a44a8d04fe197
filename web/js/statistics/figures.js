// From the gateway's report to what each chart shows.

import { findingName, fixed, gateName, stateName } from "../shared/words.js";

const SEXES = { F: "female", M: "male", O: "other", "": "not stated" };
/** The report's states, as calls name them. */
const STATES = { pending: "PENDING", complete: "COMPLETE", failed: "STUDY_FAILED" };
const BINS = Array.from({ length: 20 }, (_, i) => `${(i / 20).toFixed(2)}–${((i + 1) / 20).toFixed(2)}`);

const counts = (list, name = text => text) => ({
  labels: list.map(one => name(one.name)), series: [{ name: "studies", values: list.map(one => one.count) }] });

/** Every day of the period, those without a study too. */
function everyDay(days, span) {
  const known = new Map(days.map(({ name, count }) => [name, count]));
  const two = number => String(number).padStart(2, "0");
  const labels = Array.from({ length: Math.min(span, 400) }, (_, i) => {
    const day = new Date();
    day.setDate(day.getDate() - (Math.min(span, 400) - 1 - i));
    return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  });
  return { labels, series: [{ name: "studies", values: labels.map(label => known.get(label) ?? 0) }] };
}

/** The charts that are always there: what they are and how they are made of a report. */
export const CHARTS = [
  { id: "days", title: "Studies a day", kind: "bar", of: (report, span) => everyDay(report.days, span) },
  { id: "modalities", title: "Modality", kind: "bar", of: report => counts(report.modalities, name => name || "not stated") },
  { id: "priorities", title: "Priority", kind: "bar", of: report => counts(report.priorities) },
  { id: "states", title: "State", kind: "bar", of: report => counts(report.states, name => stateName(STATES[name])) },
  { id: "findings", title: "Findings", kind: "sideways", stacked: true, unit: "images", of: ({ findings }) => ({
    labels: findings.map(one => findingName(one.code)),
    series: [{ name: "flagged", values: findings.map(one => one.flagged), fill: "--bar-flagged" },
      { name: "not flagged", fill: "--bar", values: findings.map(one => one.images - one.flagged) }] }) },
  { id: "sexes", title: "Sex", kind: "bar", of: report => counts(report.sexes, name => SEXES[name] ?? name) },
  { id: "ages", title: "Age", kind: "bar", of: report => counts(report.ages, decade => `${decade}–${Number(decade) + 9}`) },
  { id: "turnaround", title: "Time from arrival", kind: "bar", unit: "seconds", of: ({ turnaround }) => ({
    labels: turnaround.map(one => `${one.name} (${one.studies})`),
    series: [["median", "median"], ["90 %", "p90"], ["95 %", "p95"], ["99 %", "p99"]].map(([name, key]) => ({
      name, values: turnaround.map(one => one[key]) })) }) },
  { id: "concordance", title: "Readers' verdicts", kind: "sideways", stacked: true, of: ({ concordance }) => ({
    labels: concordance.map(one => (one.code ? findingName(one.code) : "whole study")),
    series: [{ name: "accepted", values: concordance.map(one => one.accepted) },
      { name: "rejected", values: concordance.map(one => one.rejected) }] }) },
  { id: "quality", title: "Images stopped by a check", kind: "sideways", unit: "images", of: ({ gates }) => ({
    labels: gates.map(one => `${gateName(one.gate)} (${one.images})`),
    series: [{ name: "stopped", values: gates.map(one => one.failed) }] }) },
];

/** One chart for each finding: how its probabilities are spread lately and before, in shares of the images. */
export const driftChart = ({ code }) => ({ id: `drift-${code}`, title: `Drift: ${findingName(code)}`, kind: "bar", unit: "% of images" });

export function driftFigures({ recent, before, index }) {
  const share = bins => {
    const total = bins.reduce((sum, count) => sum + count, 0);
    return bins.map(count => (total > 0 ? Number((100 * count / total).toFixed(1)) : 0));
  };
  return {
    labels: BINS, series: [{ name: "lately", values: share(recent) }, { name: "before", values: share(before) }],
    note: index === undefined || index === null
      ? "Fewer than 30 images lately or before: no index." : `Population stability index ${fixed(index, 3)}: ${driftWord(index)}.` };
}

const driftWord = index => (index < 0.1 ? "no shift" : index < 0.25 ? "some shift, watch it" : "a large shift, look into it");
