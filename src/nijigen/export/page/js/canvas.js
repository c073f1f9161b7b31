// Avatars on the screen, larger than they are: by Lanczos's window of three lobes, as nijigen enlarges them too.

import { toImageData } from "./pixels.js";

const LOBES = 3;

/** Paints an avatar over a whole canvas, whose sides are multiples of the avatar's or smaller. */
export function paint(canvas, pixels, site) {
  const { resolution, channels } = site;
  const own = toImageData(pixels, resolution, channels);
  const context = canvas.getContext("2d");
  if (canvas.width > resolution) {
    context.putImageData(enlarged(own.data, resolution, canvas.width), 0, 0);
    return;
  }
  const small = document.createElement("canvas");
  small.width = resolution;
  small.height = resolution;
  small.getContext("2d").putImageData(own, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

/** One of six tints behind a transparent avatar: its seed's. */
export const tintOf = (seed) => `tint-${Number(seed % 6n)}`;

// RGBA `[side, side]` → ImageData of `[size, size]`. Colours count as much as they are seen.
function enlarged(rgba, side, size) {
  let values = new Float32Array(rgba.length);
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3] / 255;
    values.set([rgba[i] * alpha, rgba[i + 1] * alpha, rgba[i + 2] * alpha, rgba[i + 3]], i);
  }
  const weights = weightsOf(side, size);
  values = alongRows(values, side, side, size, weights); // turned over by each pass, so that rows come to lie again
  values = alongRows(values, size, side, size, weights);
  const image = new ImageData(size, size);
  for (let i = 0; i < values.length; i += 4) {
    const alpha = Math.min(Math.max(values[i + 3], 0), 255);
    const share = alpha > 0 ? 255 / alpha : 0;
    for (let channel = 0; channel < 3; channel += 1) image.data[i + channel] = values[i + channel] * share;
    image.data[i + 3] = alpha;
  }
  return image;
}

// `[rows, side, 4]` → `[size, rows, 4]`: along a row, and the result lies across.
function alongRows(values, rows, side, size, weights) {
  const result = new Float32Array(size * rows * 4);
  for (let x = 0; x < size; x += 1) {
    const { first, shares } = weights[x];
    for (let row = 0; row < rows; row += 1) {
      const to = (x * rows + row) * 4;
      for (let k = 0; k < shares.length; k += 1) {
        const from = (row * side + Math.min(Math.max(first + k, 0), side - 1)) * 4;
        for (let channel = 0; channel < 4; channel += 1) result[to + channel] += shares[k] * values[from + channel];
      }
    }
  }
  return result;
}

function weightsOf(side, size) {
  return Array.from({ length: size }, (_, x) => {
    const centre = ((x + 0.5) * side) / size - 0.5;
    const first = Math.floor(centre) - LOBES + 1;
    const shares = Array.from({ length: 2 * LOBES }, (_unused, k) => lanczos(first + k - centre));
    const sum = shares.reduce((a, b) => a + b, 0);
    return { first, shares: shares.map((share) => share / sum) };
  });
}

function lanczos(x) {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const angle = Math.PI * x;
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}
