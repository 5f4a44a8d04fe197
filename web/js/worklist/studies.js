// The studies that the page knows, in reading order, as the gateway orders them.

const RANK = { URGENT: 3, PRIORITY: 2, ROUTINE: 1 };

export class Studies {
  #entries = new Map();
  /** The gateway's clock less ours, in milliseconds. */
  #offset = 0;
  nextPageToken = "";
  /** From where changes are to be heard of. */
  resumeToken = "";

  /** Replaces everything by a page of the worklist, or adds one. */
  take(page, { isFirst }) {
    if (isFirst) {
      this.#entries.clear();
      this.resumeToken = page.resumeToken ?? "";
    }
    for (const entry of page.entries ?? []) this.put(entry);
    this.nextPageToken = page.nextPageToken ?? "";
  }

  /** Adds or replaces one. */
  put(entry) {
    const study = entry.study;
    if (!study?.studyInstanceUid) return;
    this.#offset = Number(study.receivedAtMs) + 1000 * (entry.waitingSeconds ?? 0) - Date.now();
    this.#entries.set(study.studyInstanceUid, entry);
  }

  get(uid) {
    return this.#entries.get(uid);
  }

  get size() {
    return this.#entries.size;
  }

  /** Seconds since the study came. */
  waiting(entry) {
    return Math.max(0, (Date.now() + this.#offset - Number(entry.study.receivedAtMs)) / 1000);
  }

  /** What `filter` lets through: overdue first, then by priority, then by age. */
  ordered(filter) {
    return [...this.#entries.values()].filter(filter).sort((a, b) =>
      Number(b.overdue ?? false) - Number(a.overdue ?? false)
      || (a.overdue ? 0 : (RANK[b.study.priority] ?? 1) - (RANK[a.study.priority] ?? 1))
      || Number(a.study.receivedAtMs) - Number(b.study.receivedAtMs));
  }

  /** Values of a field of the studies, each once. */
  values(field) {
    return [...new Set([...this.#entries.values()].map(entry => entry.study[field]).filter(Boolean))].sort();
  }
}
