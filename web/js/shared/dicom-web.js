// Reads studies over DICOMweb (PS3.18): headers as DICOM JSON, frames as they are stored after decoding.

import { get } from "./calls.js";

const ROOT = "/dicom-web";

/** The first value of an attribute in DICOM JSON (PS3.18 §F.2); undefined where there is none. */
export const value = (header, tag) => header[tag]?.Value?.[0];
export const values = (header, tag) => header[tag]?.Value ?? [];
export const number = (header, tag) => {
  const found = Number(value(header, tag));
  return value(header, tag) === undefined || !Number.isFinite(found) ? undefined : found;
};

/** The headers of a study's, or of one series', instances. */
export async function headers(study, series = "") {
  const path = `${ROOT}/studies/${study}${series && `/series/${series}`}/metadata`;
  const answer = await get(path, { headers: { accept: "application/dicom+json" } });
  return answer.json();
}

/** One frame's pixels as stored values: `{ rows, columns, values, bits, isSigned }`. */
export async function frame(header, index = 1) {
  const [study, series, instance] = ["0020000D", "0020000E", "00080018"].map(tag => value(header, tag));
  const answer = await get(`${ROOT}/studies/${study}/series/${series}/instances/${instance}/frames/${index}`, {
    headers: { accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1' } });
  return pixels(header, part(await answer.arrayBuffer(), answer.headers.get("content-type") ?? ""));
}

/** The bytes of the only part of a multipart answer (RFC 2046 §5.1). */
function part(buffer, type) {
  if (!type.startsWith("multipart/")) return buffer;
  const bytes = new Uint8Array(buffer);
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  const start = indexOf(bytes, "\r\n\r\n", 0) + 4;
  const end = lastIndexOf(bytes, `\r\n--${boundary}`);
  if (!boundary || start < 4 || end < start) throw new Error("the frame's answer has no part");
  return buffer.slice(start, end);
}

const code = text => [...text].map(letter => letter.charCodeAt(0));

function indexOf(bytes, text, from) {
  const wanted = code(text);
  for (let at = from; at <= bytes.length - wanted.length; at += 1) if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  return -1;
}

function lastIndexOf(bytes, text) {
  const wanted = code(text);
  for (let at = bytes.length - wanted.length; at >= 0; at -= 1) if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  return -1;
}

function pixels(header, buffer) {
  const rows = number(header, "00280010"), columns = number(header, "00280011");
  const allocated = number(header, "00280100"), stored = number(header, "00280101") ?? allocated;
  const isSigned = number(header, "00280103") === 1, samples = number(header, "00280002") ?? 1;
  if (samples !== 1 || ![8, 16].includes(allocated)) {
    throw new Error(`pixels with ${samples} samples of ${allocated} bits cannot be shown`);
  }
  if (buffer.byteLength < rows * columns * allocated / 8) throw new Error("the frame has fewer pixels than its header says");
  const raw = allocated === 8 ? new Uint8Array(buffer, 0, rows * columns) : new Uint16Array(buffer, 0, rows * columns);
  const mask = 2 ** stored - 1, sign = 2 ** (stored - 1);
  const kept = isSigned ? Int16Array.from(raw, x => ((x & mask) ^ sign) - sign) : Uint16Array.from(raw, x => x & mask);
  return { rows, columns, values: kept, bits: stored, isSigned };
}
