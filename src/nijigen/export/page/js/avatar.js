// An avatar before and after it is drawn, and its birth certificate (nijigen/avatar.py, nijigen/engine/model.py).

import { noiseOf } from "./noise.js";
import { encode } from "./schema.js";
import { sha256Hex } from "./sha256.js";

const CERTIFICATE_VERSION = 1;

/** `seed` (BigInt), `born` (words), `truncation` (null: none), `set` (words changed since), `mix` ({other, share, layers}). */
export function newAvatar(seed, born, truncation) {
  return { seed, born, truncation, set: {}, mix: null, pixels: null };
}

/** The words that it has now. */
export function wordsOf({ born, set }) {
  return { ...born, ...set };
}

/** What the worker draws. */
export function pointOf(avatar, site) {
  const { mix } = avatar;
  return {
    ...placeOf(avatar, site),
    truncation: avatar.truncation ?? 1,
    mix: mix && mix.share ? { ...placeOf(mix.other, site), share: mix.share, rows: rowsOf(mix.layers) } : null,
  };
}

function placeOf(avatar, site) {
  return { z: noiseOf(avatar.seed, site.z_dim), labels: encode(site.schema, wordsOf(avatar)) };
}

function rowsOf(layers) {
  if (layers === "all") return null;
  const [first, last] = layers.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Its steps as nijigen writes them: other words first, then part of the way to another avatar. */
export function editsOf({ set, mix }) {
  const edits = [];
  if (Object.keys(set).length) edits.push({ kind: "set", attributes: set });
  if (mix && mix.share) edits.push({ kind: "mix", other: parentOf(mix.other), layers: mix.layers, share: mix.share });
  return edits;
}

function parentOf(avatar) {
  const edits = editsOf({ set: avatar.set, mix: null });
  return { seed: avatar.seed, attributes: wordsOf(avatar), ...(edits.length ? { born: avatar.born } : {}), edits };
}

/** What says how it was made, so that `nijigen recreate` makes it again. */
export function certificateOf(avatar, site, engine) {
  const edits = editsOf(avatar);
  const { resolution, channels } = site;
  const precision = site.precision === "fp32" ? "" : ` ${site.precision}`;
  const shape = new TextEncoder().encode(`(${resolution}, ${resolution}, ${channels})`);
  const whole = new Uint8Array(shape.length + avatar.pixels.length);
  whole.set(shape);
  whole.set(avatar.pixels, shape.length);
  return {
    format_version: CERTIFICATE_VERSION,
    kind: "model",
    model: site.name,
    digest: site.digest,
    engine: `onnxruntime-web ${site.runtime.version} ${engine.backend}${precision}`,
    device: "browser",
    threads: engine.threads,
    batch: 1,
    index: 0,
    seed: avatar.seed,
    attributes: wordsOf(avatar),
    truncation: avatar.truncation,
    edits,
    ...(edits.length ? { born: avatar.born } : {}),
    pixels: sha256Hex(whole),
  };
}

/** JSON in which a BigInt is the whole number that it is. */
export function toJson(value) {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${toJson(inner)}`).join(",")}}`;
}
