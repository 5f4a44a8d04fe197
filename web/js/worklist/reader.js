// Who does what is done: asked once a tab, and kept with it.

import { element } from "../shared/dom.js";
import { reader, setReader } from "../shared/session.js";

/** The reader's name; "" when the reader did not want to say it. */
export function askReader() {
  if (reader()) return Promise.resolve(reader());
  return new Promise(resolve => {
    const field = element("input", { id: "reader", autocomplete: "username", required: true, maxlength: 128 });
    const dialog = element("dialog", { "aria-labelledby": "reader-title" },
      element("h2", { id: "reader-title" }, "Who reads?"),
      element("form", { method: "dialog", onsubmit: () => setReader(field.value) },
        element("p", {}, "The history of a study names who claimed, accepted or rejected it."),
        element("label", { for: "reader" }, "Your name"), field,
        element("div", { class: "row" },
          element("button", { class: "main", value: "yes" }, "Continue"),
          element("button", { type: "button", onclick: () => dialog.close() }, "Cancel"))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(reader());
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
