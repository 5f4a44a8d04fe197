// One chart with its table and its exports: PNG of the drawing, CSV of the figures.

import { Chart, registerables } from "../../lib/chart.js/chart.mjs";
import { element, fill } from "../shared/dom.js";
import { colour } from "../shared/frame.js";
import { csv, save } from "./export.js";

Chart.register(...registerables);

const FILLS = ["--link", "--bar-flagged", "--good", "--violet", "--soft"];

/** A card that stays on the page while its figures change. */
export class Card {
  #chart = null;
  #figures = null;

  /** @param spec `{ id, title, kind, stacked, unit, note }`; `kind` is "bar", "line" or "sideways" */
  constructor(spec) {
    this.spec = spec;
    this.canvas = element("canvas", { role: "img", "aria-label": `${spec.title}: chart; the figures follow as a table` });
    this.note = element("p", { class: "note" }, spec.note ?? "");
    this.table = element("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": `${spec.title}: figures` });
    this.drawing = element("div", { class: "drawing" }, this.canvas);
    this.place = element("section", { class: "chart", id: `chart-${spec.id}`, "aria-label": spec.title },
      element("header", {}, element("h3", {}, spec.title),
        element("button", { type: "button", "aria-label": `${spec.title} as PNG`, onclick: () => this.#savePNG() }, "PNG"),
        element("button", { type: "button", "aria-label": `${spec.title} as CSV`, onclick: () => this.#saveCSV() }, "CSV")),
      this.drawing, this.note, element("details", {}, element("summary", {}, "Figures"), this.table));
  }

  /** Shows `{ labels, series: [{ name, values, fill }] }`; `fill` is a style's colour, where the usual one does not say it. */
  show(figures) {
    this.#figures = figures;
    this.drawing.hidden = figures.labels.length === 0;
    if (figures.note !== undefined || figures.labels.length === 0) {
      this.note.textContent = figures.labels.length === 0 ? "Nothing in this time." : figures.note;
    } else this.note.textContent = this.spec.note ?? "";
    fill(this.table, element("table", {},
      element("thead", {}, element("tr", {}, this.#header().map(text => element("th", { scope: "col" }, text)))),
      element("tbody", {}, this.#rows().map(([name, ...cells]) => element("tr", {},
        element("th", { scope: "row" }, name), cells.map(cell => element("td", { class: "numbers" }, cell)))))));
    this.draw();
  }

  draw() {
    this.#chart?.destroy();
    this.#chart = null;
    if (!this.#figures || this.#figures.labels.length === 0) return;
    const { labels, series } = this.#figures, { kind, stacked = false, unit = "" } = this.spec;
    const text = colour("--text"), line = colour("--line");
    const isSideways = kind === "sideways";
    const axis = isValue => ({
      stacked, ticks: { color: text, ...(isValue ? { precision: 0 } : isSideways && { autoSkip: false }) }, grid: { color: line },
      ...(isValue && { beginAtZero: true, title: { display: Boolean(unit), text: unit, color: text } }) });
    this.#chart = new Chart(this.canvas, {
      type: kind === "line" ? "line" : "bar",
      data: { labels, datasets: series.map(({ name, values, fill: own }, i) => ({
        label: name, data: values, backgroundColor: colour(own ?? FILLS[i % FILLS.length]), borderColor: colour(own ?? FILLS[i % FILLS.length]),
        borderWidth: kind === "line" ? 2 : 0, maxBarThickness: 64 })) },
      options: {
        animation: false, maintainAspectRatio: false, indexAxis: isSideways ? "y" : "x",
        scales: { x: axis(isSideways), y: axis(!isSideways) },
        plugins: { legend: { display: series.length > 1, labels: { color: text, boxWidth: 12 } } } } });
  }

  #header() { return ["", ...this.#figures.series.map(({ name }) => name)]; }

  #rows() { return this.#figures.labels.map((label, i) => [label, ...this.#figures.series.map(({ values }) => values[i])]); }

  /** On the page's ground: the drawing itself is transparent. */
  #savePNG() {
    if (!this.#chart) return;
    const sheet = element("canvas", { width: this.canvas.width, height: this.canvas.height });
    const context = sheet.getContext("2d");
    context.fillStyle = colour("--panel");
    context.fillRect(0, 0, sheet.width, sheet.height);
    context.drawImage(this.canvas, 0, 0);
    sheet.toBlob(png => save(png, `hilum-${this.spec.id}.png`));
  }

  #saveCSV() {
    if (!this.#figures) return;
    save(new Blob([csv([this.#header(), ...this.#rows()])], { type: "text/csv" }), `hilum-${this.spec.id}.csv`);
  }
}
