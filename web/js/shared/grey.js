// From stored values to grey: modality rescale and window (PS3.3 §C.11.1, §C.11.2) as one table over all stored values.

import { number, value, values } from "./dicom-web.js";

/** What a header says of the way from stored values to grey. */
export function greyOf(header, picture) {
  return {
    slope: number(header, "00281053") || 1, intercept: number(header, "00281052") ?? 0,
    isInverted: value(header, "00280004") === "MONOCHROME1" || value(header, "20500020") === "INVERSE",
    lowest: picture.isSigned ? -(2 ** (picture.bits - 1)) : 0, count: 2 ** picture.bits,
    padding: number(header, "00280120"),
  };
}

/** Windows to choose from: those of the header, the whole range, and the range of most pixels. */
export function presets(header, picture, grey) {
  const widths = values(header, "00281051"), names = values(header, "00281055");
  const stated = values(header, "00281050").map((center, i) => ({
    name: names[i] || (i === 0 ? "As stored" : `As stored ${i + 1}`), center: Number(center), width: Number(widths[i]) }))
    .filter(window => Number.isFinite(window.center) && window.width >= 1);
  const [lowest, low, high, highest] = quantiles(picture, grey, [0, 0.01, 0.99, 1]);
  const range = (name, from, to) => ({ name, center: (from + to) / 2, width: Math.max(1, to - from) });
  return [...stated, range("Most pixels", low, high), range("Whole range", lowest, highest),
    range("Dark half", low, (low + high) / 2), range("Bright half", (low + high) / 2, high)];
}

/** Quantiles of the pixels after the rescale, without padding, from every value there is. */
function quantiles({ values: pixels }, grey, shares) {
  const counts = new Uint32Array(grey.count);
  let total = 0;
  for (const pixel of pixels) {
    if (pixel === grey.padding) continue;
    counts[pixel - grey.lowest] += 1;
    total += 1;
  }
  return shares.map(share => {
    const wanted = Math.max(1, share * total);
    let seen = 0;
    for (let i = 0; i < counts.length; i += 1) {
      seen += counts[i];
      if (seen >= wanted) return (i + grey.lowest) * grey.slope + grey.intercept;
    }
    return 0;
  });
}

/** RGBA, little endian, for each stored value from the lowest on: the linear window of PS3.3 §C.11.2.1.2.1. */
export function table(grey, { center, width }, isInverted) {
  const rgba = new Uint32Array(grey.count);
  for (let i = 0; i < rgba.length; i += 1) {
    const stored = i + grey.lowest;
    const x = stored * grey.slope + grey.intercept;
    const y = width <= 1 ? Number(x > center - 0.5) : Math.min(1, Math.max(0, (x - (center - 0.5)) / (width - 1) + 0.5));
    const shade = stored === grey.padding ? 0 : Math.round(255 * (isInverted ? 1 - y : y));
    rgba[i] = 0xff000000 | (shade << 16) | (shade << 8) | shade;
  }
  return rgba;
}
