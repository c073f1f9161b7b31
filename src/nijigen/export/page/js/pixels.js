// Between what a network makes and what people look at (nijigen/images/convert.py), to the last rounding.

const { fround } = Math;

/** Float32 `[C, side, side]` in [-1, 1] → bytes `[R, R, C]`; four channels come with straight alpha. */
export function toPixels(image, channels, side, resolution) {
  const repeat = Math.max(1, Math.floor(resolution / side)); // of a network that has not grown up yet
  const size = side * repeat;
  const pixels = new Uint8Array(size * size * channels);
  const plane = side * side;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const from = Math.floor(y / repeat) * side + Math.floor(x / repeat);
      const to = (y * size + x) * channels;
      const alpha = channels === 4 ? level(image[from + 3 * plane]) : 255;
      for (let channel = 0; channel < 3; channel += 1) {
        let value = level(image[from + channel * plane]);
        if (channels === 4) value = alpha >= 0.5 ? Math.min(fround(fround(value * 255) / alpha), 255) : 0;
        pixels[to + channel] = even(value);
      }
      if (channels === 4) pixels[to + 3] = even(alpha);
    }
  }
  return pixels;
}

/** Bytes `[R, R, 3|4]` as a canvas takes them. */
export function toImageData(pixels, size, channels) {
  if (channels === 4) return new ImageData(Uint8ClampedArray.from(pixels), size, size);
  const whole = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let i = 0; i < size * size; i += 1) whole.set(pixels.subarray(3 * i, 3 * i + 3), 4 * i);
  return new ImageData(whole, size, size);
}

function level(value) {
  return Math.min(Math.max(fround(fround(value * 127.5) + 127.5), 0), 255);
}

// Halves go to the even number, as in IEEE 754 and torch.
function even(value) {
  const whole = Math.round(value);
  return whole - value === 0.5 && whole % 2 ? whole - 1 : whole;
}
