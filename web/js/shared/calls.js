// Calls of the gateway: Connect with JSON, plain GET, and the stream of server-sent events.

import { authorization, setCaller, signIn, token } from "./session.js";

/** What the gateway answered instead of a result. */
export class CallError extends Error {
  constructor(status, code, message, remedy = "") {
    super(remedy ? `${message}. ${remedy}` : message);
    this.status = status;
    this.code = code;
  }
}

async function send(path, options) {
  for (;;) {
    let answer;
    try {
      answer = await fetch(path, { ...options, headers: { ...options.headers, ...authorization() } });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new CallError(0, "unreachable", "The gateway cannot be reached");
    }
    if (answer.status !== 401) return answer;
    await signIn(token() ? "The token was not accepted, or it has run out." : "This gateway asks who reads.");
  }
}

async function failure(answer) {
  const type = answer.headers.get("content-type") ?? "";
  if (!type.includes("json")) {
    return new CallError(answer.status, "", (await answer.text()).trim() || `HTTP ${answer.status}`);
  }
  const error = await answer.json();
  const remedy = [error.remedy, ...(error.details ?? []).map(detail => detail.debug?.remedy)].find(text => text) ?? "";
  return new CallError(answer.status, error.code ?? "", error.message || error.code || `HTTP ${answer.status}`, remedy);
}

/** One unary call, for example `call("TriageService/GetStudy", {…})`. */
export async function call(method, request, options = {}) {
  const answer = await send(`/hilum.v1.${method}`, {
    method: "POST", headers: { "content-type": "application/json", "connect-protocol-version": "1" },
    body: JSON.stringify(request), ...options });
  if (!answer.ok) throw await failure(answer);
  return answer.json();
}

/** Asks the gateway who we are, and for a token where it wants one. */
export async function learnCaller() {
  setCaller(await (await get("api/caller")).json());
}

/** The pages' own data: JSON to a path below `/ui/`, JSON back. */
export async function post(path, request) {
  const answer = await send(path, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(request) });
  if (!answer.ok) throw await failure(answer);
  return answer.json();
}

/** The answer to a GET; `CallError` where it is no success. */
export async function get(path, options = {}) {
  const answer = await send(path, options);
  if (!answer.ok) throw await failure(answer);
  return answer;
}

/**
 * Listens to server-sent events while the page is seen, and goes on where it stopped. A page that is not seen (a tab
 * behind another, or a page left that the browser keeps for "back") must not hold a connection: over HTTP/1.1 browsers
 * have six to a server, and a seventh call would wait for ever.
 * `EventSource` cannot carry a token, so the stream is read here (HTML standard, "server-sent events").
 */
export async function listen(path, { from, onEvent, onState }) {
  let last = from, wait = 500;
  for (;;) {
    await seen();
    const leaving = new AbortController();
    const leave = () => { if (document.hidden) leaving.abort(); };
    document.addEventListener("visibilitychange", leave);
    try {
      const answer = await get(path, { signal: leaving.signal, headers: { accept: "text/event-stream", ...(last && { "last-event-id": last }) } });
      onState("live");
      wait = 500;
      for await (const event of events(answer.body)) {
        if (event.id) last = event.id;
        if (event.data) onEvent(event);
      }
    } catch (error) {
      if (error instanceof CallError && error.code === "invalid_argument") last = "";
    } finally {
      document.removeEventListener("visibilitychange", leave);
    }
    if (leaving.signal.aborted) continue;
    onState("lost");
    await new Promise(done => setTimeout(done, wait));
    wait = Math.min(wait * 2, 10_000);
  }
}

/** Waits until the page is seen. */
async function seen() {
  while (document.hidden) await new Promise(done => document.addEventListener("visibilitychange", done, { once: true }));
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) yield parse(block);
  }
}

function parse(block) {
  const event = { id: "", type: "message", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1).replace(/^ /, "");
    switch (colon < 0 ? line : line.slice(0, colon)) {
      case "id": event.id = value; break;
      case "event": event.type = value; break;
      case "data": event.data += (event.data && "\n") + value; break;
    }
  }
  return event;
}
