// Seeds as nijigen has them (nijigen/seeds.py): any number or text is one number, and one number is many others.

import { sha256 } from "./sha256.js";

export const SEED_LIMIT = 2n ** 63n;

/** A number in 0 <= n < 2**63 of integers (BigInt) and texts; the same one that Python derives. */
export function derive(...parts) {
  const text = parts.map((part) => `${typeof part === "bigint" ? "int" : "str"}:${part}`).join("\x1f");
  const digest = sha256(new TextEncoder().encode(text));
  return new DataView(digest.buffer).getBigUint64(0) >> 1n;
}

/** The number that a text typed as a seed stands for; null for a negative number, which is none. */
export function seedNumber(text) {
  if (/^[0-9]+$/.test(text) && text.replace(/^0+/, "").length <= 20 && BigInt(text) < SEED_LIMIT) return BigInt(text);
  return /^-[0-9]+$/.test(text) ? null : derive("text", text.normalize("NFC"));
}

/** A seed that nobody chose: short enough to be told to a friend. */
export function randomSeed() {
  return String(crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000_000);
}
