// The table of machines: the gateway and every replica.

import { element, fill } from "../shared/dom.js";
import { duration, fixed } from "../shared/words.js";

const GIB = 2 ** 30;
const known = (value, text) => (value === undefined || value === null ? "–" : text(value));
const share = (free, all) => (free === undefined || !(all > 0) ? "–" : `${fixed(free / GIB, 1)} of ${fixed(all / GIB, 1)} GiB`);

export function drawMachines(place, machines) {
  fill(place, element("table", { class: "machines" },
    element("thead", {}, element("tr", {},
      ["Service", "Replica", "Level", "Processors", "Memory", "Memory free", "Disk free", "Queue", "First waits", "Why"].map(text =>
        element("th", { scope: "col" }, text)))),
    element("tbody", {}, machines.map(machine => element("tr", { "data-service": machine.service },
      element("th", { scope: "row" }, machine.service),
      element("td", {}, machine.replica || "–"),
      element("td", {}, element("span", { class: "tag", "data-level": machine.level }, machine.level)),
      element("td", { class: "numbers" }, known(machine.processorsUsed, used => `${fixed(used, 2)} of ${machine.processors ?? "?"}`)),
      element("td", { class: "numbers" }, known(machine.memoryBytes, bytes => `${fixed(bytes / GIB, 2)} GiB`)),
      element("td", { class: "numbers" }, share(machine.hostMemoryAvailableBytes, machine.hostMemoryBytes)),
      element("td", { class: "numbers" }, share(machine.diskAvailableBytes, machine.diskBytes)),
      element("td", { class: "numbers" }, known(machine.queueLength, length => fixed(length, 0))),
      element("td", { class: "numbers" }, known(machine.queueSeconds, duration)),
      element("td", { class: "why" }, machine.alerts.map(alert => alert.text).join(", ")))))));
}
