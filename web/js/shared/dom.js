// Builds elements. Text goes in as text: nothing that comes from a server is ever read as markup.

/**
 * An element with attributes and children. `on…` attributes are listeners; `false` and `null` leave an attribute out.
 * Children are elements or values shown as text; `null` and `false` are left out.
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

/** The element of that id. */
export const byId = id => document.getElementById(id);

/** Replaces what stands in `parent`. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
}

/** Shows what went wrong at the top of the page; an empty text takes it away. */
export function showProblem(text) {
  const place = byId("problem");
  place.textContent = text;
  place.hidden = !text;
}
