// Who reads: the bearer token and the reader's name, kept for this tab alone (sessionStorage) and sent in the
// `authorization` field. No cookie is set, so no other site's page can use what is here.

import { element } from "./dom.js";

const TOKEN = "hilum.token", READER = "hilum.reader";

export const token = () => sessionStorage.getItem(TOKEN) ?? "";
export const reader = () => sessionStorage.getItem(READER) ?? "";
export const setReader = name => sessionStorage.setItem(READER, name.trim());

let caller = { name: "", roles: [] };

/** Takes over who the gateway says we are; nobody where it controls no access. */
export function setCaller(known) {
  caller = known;
  if (known.name) setReader(known.name);
}

/** Whether this reader may see who a patient is: known to the gateway, and a reader of images. */
export const mayIdentify = () => caller.roles.includes("reader");

/** Fields that say who asks. */
export const authorization = () => (token() ? { authorization: `Bearer ${token()}` } : {});

export function signOut() {
  sessionStorage.removeItem(TOKEN);
  sessionStorage.removeItem(READER);
  location.reload();
}

let asking = null;

/** Asks for a token once, however many calls were refused; resolves when one was given. */
export function signIn(why) {
  asking ??= ask(why).finally(() => { asking = null; });
  return asking;
}

function ask(why) {
  return new Promise(resolve => {
    const field = element("input", { id: "token", type: "password", autocomplete: "current-password", required: true });
    const dialog = element("dialog", { "aria-labelledby": "sign-in-title" },
      element("h2", { id: "sign-in-title" }, "Sign in"),
      element("form", { method: "dialog" },
        element("p", {}, why),
        element("label", { for: "token" }, "Access token"), field,
        element("p", { class: "soft" }, "It is kept until this tab is closed."),
        element("div", { class: "row" }, element("button", { class: "main" }, "Sign in"))));
    dialog.addEventListener("cancel", event => event.preventDefault());
    dialog.addEventListener("close", () => {
      sessionStorage.setItem(TOKEN, field.value.trim());
      dialog.remove();
      resolve();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
