// The normal noise of a seed, as torch draws it on a CPU: Mersenne Twister (Matsumoto & Nishimura 1998), Box-Muller.

import { derive } from "./seeds.js";

const SIZE = 624;
const SHIFT = 397;

/** MT19937, seeded with 32 bits; returns a function that gives the next 32 bits. */
export function twister(seed) {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i += 1) {
    const last = state[i - 1] ^ (state[i - 1] >>> 30);
    state[i] = Math.imul(1812433253, last) + i;
  }
  let place = SIZE;
  const refill = () => {
    for (let i = 0; i < SIZE; i += 1) {
      const both = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE] ^ (both >>> 1) ^ (both & 1 ? 0x9908b0df : 0);
    }
    place = 0;
  };
  return () => {
    if (place === SIZE) refill();
    let bits = state[place];
    place += 1;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  };
}

/** `torch.randn(count, generator=torch.Generator().manual_seed(seed))`, a Float32Array; off by 1e-6 at most. */
export function randn(count, seed) {
  const next = twister(Number(BigInt.asUintN(32, seed)));
  return count < 16 ? inPairs(count, next) : inBlocks(count, next);
}

/** The noise of an avatar's seed. */
export function noiseOf(seed, width) {
  return randn(width, derive(seed, "z"));
}

// From 16 numbers on torch fills with float32 in [0, 1) and turns blocks of 16, the first eight with the last eight.
function inBlocks(count, next) {
  const values = new Float32Array(count);
  const uniform = () => (next() & 0xffffff) / 2 ** 24;
  for (let i = 0; i < count; i += 1) values[i] = uniform();
  for (let start = 0; start + 16 <= count; start += 16) boxMuller(values, start);
  if (count % 16) {
    for (let i = count - 16; i < count; i += 1) values[i] = uniform();
    boxMuller(values, count - 16);
  }
  return values;
}

function boxMuller(values, start) {
  const { fround, sqrt, log, cos, sin, PI } = Math;
  for (let i = start; i < start + 8; i += 1) {
    const radius = fround(sqrt(fround(-2 * fround(log(fround(1 - values[i]))))));
    const angle = fround(fround(2 * PI) * values[i + 8]);
    values[i] = radius * cos(angle);
    values[i + 8] = radius * sin(angle);
  }
}

// Fewer numbers come one by one of doubles, two of a pair.
function inPairs(count, next) {
  const uniform = () => {
    const high = next() & 0x1fffff; // of 64 bits the lower 53
    return (high * 2 ** 32 + next()) / 2 ** 53;
  };
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const angle = 2 * Math.PI * uniform();
    const radius = Math.sqrt(-2 * Math.log1p(-uniform()));
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}
