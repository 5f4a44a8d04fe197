// What a reader may see of a header. What is listed here says nothing of who the patient is; names, numbers, dates and
// free texts are shown only where the reader's role allows identifiers.

import { element } from "./dom.js";

const OPEN = {
  "00080060": "Modality", "00080068": "Presentation intent", "00080008": "Image type", "00080070": "Manufacturer",
  "00081090": "Model", "00100040": "Sex", "00101010": "Age", "00180015": "Body part", "00185101": "View position",
  "00185100": "Patient position", "00200020": "Patient orientation", "00200062": "Laterality", "00180060": "kV",
  "00181150": "Exposure time, ms", "00181151": "Tube current, mA", "00181152": "Exposure, mAs",
  "00181110": "Source to detector, mm", "00181111": "Source to patient, mm", "00181114": "Magnification",
  "00180023": "Acquisition", "00180050": "Slice thickness, mm", "00180088": "Slice spacing, mm",
  "00180080": "Repetition time, ms", "00180081": "Echo time, ms", "00181314": "Flip angle, °", "00180087": "Field, T",
  "00280010": "Rows", "00280011": "Columns", "00280030": "Pixel spacing, mm", "00181164": "Detector pixel spacing, mm",
  "00280100": "Bits allocated", "00280101": "Bits stored", "00280004": "Photometric interpretation",
  "00281050": "Window center", "00281051": "Window width", "00281053": "Rescale slope", "00281052": "Rescale intercept",
  "00282110": "Lossy compression", "00200013": "Instance number", "00200037": "Image orientation",
  "00200032": "Image position, mm",
};
const IDENTIFYING = {
  "00100010": "Patient", "00100020": "Patient ID", "00100030": "Birth date", "00080050": "Accession number",
  "00080020": "Study date", "00080030": "Study time", "00080090": "Referring physician", "00080080": "Institution",
  "00081030": "Study description", "0008103E": "Series description", "00181030": "Protocol",
  "0020000D": "Study Instance UID", "0020000E": "Series Instance UID", "00080018": "SOP Instance UID",
};

/** The table; with what identifies the patient where `mayIdentify`. */
export function headerTable(header, mayIdentify) {
  const lines = (names, kind) => Object.entries(names).filter(([tag]) => header[tag]?.Value?.length > 0)
    .map(([tag, name]) => element("tr", { "data-kind": kind },
      element("th", { scope: "row" }, name), element("td", {}, header[tag].Value.map(text).join(" \\ "))));
  return element("table", { class: "header" },
    element("caption", { class: "visually-hidden" }, "Header of the image"),
    element("tbody", {}, mayIdentify ? lines(IDENTIFYING, "identifying") : null, lines(OPEN, "open")));
}

const text = one => (typeof one === "object" && one !== null ? (one.Alphabetic ?? "…") : String(one));
