// PNG files that carry JSON (nijigen/images/png.py): an international text chunk (PNG, 11.3.3.4) called "nijigen".
// Another, "XML:com.adobe.xmp", says to other programs what kind of source the picture has; it is the same for all of a model.

const KEYWORD = "nijigen";
const XMP_KEYWORD = "XML:com.adobe.xmp";
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** The bytes of a PNG of `[size, size, channels]` with a text and an XMP packet; a promise of a Blob. */
export async function encodePng(pixels, size, channels, text, xmp) {
  const head = new DataView(new ArrayBuffer(13));
  head.setUint32(0, size);
  head.setUint32(4, size);
  head.setUint8(8, 8); // bits
  head.setUint8(9, channels === 4 ? 6 : 2); // RGBA or RGB
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", new Uint8Array(head.buffer)),
    chunk("iTXt", note(KEYWORD, text)),
    chunk("iTXt", note(XMP_KEYWORD, xmp)),
    chunk("IDAT", await deflated(filtered(pixels, size, channels))),
    chunk("IEND", new Uint8Array(0)),
  ];
  return new Blob(parts, { type: "image/png" });
}

function note(keyword, text) {
  const words = new TextEncoder();
  return joined([words.encode(keyword), new Uint8Array(5), words.encode(text)]); // no compression, language or translation
}

function chunk(kind, data) {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(kind), 4);
  bytes.set(data, 8);
  let crc = 0xffffffff;
  for (const byte of bytes.subarray(4, -4)) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  view.setUint32(data.length + 8, ~crc);
  return bytes;
}

// Each row less the row above it (filter 2): flat drawings become mostly zeros.
function filtered(pixels, size, channels) {
  const width = size * channels;
  const rows = new Uint8Array(size * (width + 1));
  for (let y = 0; y < size; y += 1) {
    rows[y * (width + 1)] = y ? 2 : 0;
    for (let x = 0; x < width; x += 1) {
      const above = y ? pixels[(y - 1) * width + x] : 0;
      rows[y * (width + 1) + 1 + x] = pixels[y * width + x] - above;
    }
  }
  return rows;
}

async function deflated(data) {
  const packed = new Blob([data]).stream().pipeThrough(new CompressionStream("deflate")); // zlib's format, as PNG wants
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}
