// What stands around every page: the bar with its links, light and dark, help on keys, sign-out.

import { element, byId, fill } from "./dom.js";
import { signOut, token } from "./session.js";

const PAGES = [["./", "Worklist", "worklist"], ["statistics.html", "Statistics", "statistics"]];
const THEME = "hilum.theme";

/** Builds the bar. `keys` are pairs of a key and what it does; `current` names the page. */
export function frame({ title, current, keys }) {
  applyTheme(localStorage.getItem(THEME) ?? "dark");
  const help = helpDialog(keys);
  const switcher = element("button", { type: "button", onclick: switchTheme }, "Light/dark");
  fill(byId("bar"),
    element("h1", {}, title),
    element("nav", { "aria-label": "Pages" }, PAGES.map(([address, name, id]) =>
      element("a", { href: address, "aria-current": id === current ? "page" : null }, name))),
    element("div", { class: "tools push" },
      element("span", { id: "live", class: "live", role: "status", hidden: true }),
      switcher,
      keys.length > 0 && element("button", { type: "button", id: "help-button", onclick: () => help.showModal() }, "Keys ", element("kbd", {}, "?")),
      token() && element("button", { type: "button", onclick: signOut }, "Sign out")));
  document.body.append(help);
  return help;
}

function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

function switchTheme() {
  const theme = document.documentElement.dataset.theme === "light" ? "dark" : "light";
  localStorage.setItem(THEME, theme);
  applyTheme(theme);
  dispatchEvent(new Event("hilum-theme"));
}

function helpDialog(keys) {
  const dialog = element("dialog", { id: "help", "aria-labelledby": "help-title" },
    element("h2", { id: "help-title" }, "Keys"),
    element("div", { class: "body" },
      element("dl", { class: "keys" }, keys.map(([key, what]) => [
        element("dt", {}, key.split(" ").map(one => [element("kbd", {}, one), " "])), element("dd", {}, what)])),
      element("div", { class: "row" }, element("button", { type: "button", onclick: () => dialog.close() }, "Close"))));
  return dialog;
}

/** Says how the stream of events is. */
export function showLive(state) {
  const place = byId("live");
  place.hidden = false;
  place.dataset.state = state;
  place.textContent = { live: "live", lost: "connection lost, trying again" }[state] ?? state;
}

/**
 * Calls `actions[key]` when a key is pressed outside of fields and dialogs, with no modifier held.
 */
export function onKeys(actions) {
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select") && event.key !== "Escape") return;
    // Enter on a button or a link is the button's.
    if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action(event);
  });
}

/** A style's colour in the present theme. */
export const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
