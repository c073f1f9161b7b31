// Words and label vectors (nijigen/schema.py), and the words that nobody asked for (nijigen/engine/filling.py).

import { derive } from "./seeds.js";

const CHOICE = 16; // label rows to choose from, at least
const NEVER = 8; // rows of a word, none of which has an attribute: it does not go with the word
const DIGITS = 4; // of a range: a drawn number is rounded

const { fround } = Math;

/** The attributes of a card with the first column of each: `{name, values | range, start, width}`. */
export function readSchema(card) {
  let start = 0;
  const attributes = card.schema.attributes.map((row) => {
    const attribute = { ...row, start, width: row.range ? 2 : row.values.length };
    start += attribute.width;
    return attribute;
  });
  return { attributes, width: start };
}

/** The label vector of words, float32; what is not said is zeros. */
export function encode(schema, labels) {
  const vector = new Float32Array(schema.width);
  for (const attribute of schema.attributes) {
    const value = labels[attribute.name];
    if (value === undefined) continue;
    if (attribute.range) {
      const [low, high] = attribute.range;
      const share = (value - low) / (high - low);
      vector.set([1 - share, share], attribute.start);
    } else {
      vector[attribute.start + attribute.values.indexOf(value)] = 1;
    }
  }
  return vector;
}

/** The words of a label vector: the largest weight of each block. */
export function decode(schema, vector) {
  const labels = {};
  for (const { name, values, range, start, width } of schema.attributes) {
    const block = vector.subarray(start, start + width);
    if (!block.some((weight) => weight)) continue;
    if (range) {
      const [low, high] = range;
      const value = low + ((high - low) * block[1]) / (block[0] + block[1]);
      labels[name] = Math.min(Math.max(value, low), high);
    } else {
      labels[name] = values[block.indexOf(Math.max(...block))];
    }
  }
  return labels;
}

/** All words of a seed's avatar: those wanted, the rest of one of the training's label rows that fit them best. */
export function drawLabels(schema, rows, seed, wanted, without = absent(schema, rows, wanted)) {
  if (!schema.width) return {};
  const count = rows.length / schema.width;
  const fit = new Float32Array(count);
  for (const attribute of schema.attributes) {
    if (wanted[attribute.name] === undefined) continue;
    const target = encode(schema, { [attribute.name]: wanted[attribute.name] });
    for (let row = 0; row < count; row += 1) {
      let sum = 0;
      for (let i = attribute.start; i < attribute.start + attribute.width; i += 1) {
        sum = fround(sum + fround(rows[row * schema.width + i] * target[i]));
      }
      fit[row] = fround(fit[row] + sum);
    }
  }
  const best = Float32Array.from(fit).sort();
  const enough = fround(best[count - Math.min(CHOICE, count)] - 1e-6);
  const candidates = [];
  for (let row = 0; row < count; row += 1) if (fit[row] >= enough) candidates.push(row);
  const row = candidates[Number(derive(seed, "labels") % BigInt(candidates.length))];
  const drawn = decode(schema, rows.subarray(row * schema.width, (row + 1) * schema.width));
  for (const name of without) delete drawn[name];
  const labels = {};
  for (const { name, range } of schema.attributes) {
    if (wanted[name] !== undefined) labels[name] = wanted[name];
    else if (drawn[name] !== undefined) labels[name] = range ? short(drawn[name], range) : drawn[name];
  }
  return labels;
}

/** What an avatar with these words has not: what no row with one of them has, nor the row with them and no others. */
export function absent(schema, rows, wanted) {
  const words = schema.attributes.filter((attribute) => !attribute.range);
  const said = words.map(({ name }) => wanted[name] !== undefined);
  if (!said.includes(true) || !said.includes(false)) return [];
  const columns = words.map(({ name, values, start }, word) => (said[word] ? start + values.indexOf(wanted[name]) : -1));
  const having = words.map(() => 0); // rows by word, and how many of them have each attribute
  const together = words.map(() => words.map(() => 0));
  const fitting = words.map(() => 0);
  let exact = false;
  for (let at = 0; at < rows.length; at += schema.width) {
    const known = words.map(({ start, width }) => rows.subarray(at + start, at + start + width).some((weight) => weight));
    let fits = true;
    columns.forEach((column, word) => {
      if (column < 0) return;
      if (!(rows[at + column] > 0)) fits = false;
      else {
        having[word] += 1;
        known.forEach((there, other) => (together[word][other] += there));
      }
    });
    if (!fits) continue;
    known.forEach((there, other) => (fitting[other] += there));
    if (known.every((there, word) => there === said[word])) exact = true;
  }
  return words.filter((_, other) => !said[other]
    && ((exact && !fitting[other]) || words.some((__, word) => having[word] >= NEVER && !together[word][other])))
    .map(({ name }) => name);
}

function short(value, [low, high]) {
  const digits = DIGITS - Math.floor(Math.log10(high - low));
  return Math.min(Math.max(rounded(value, digits), low), high);
}

// As Python rounds: of two equally near, the even one.
function rounded(value, digits) {
  if (digits < 0) {
    const shares = value / 10 ** -digits;
    const whole = Math.round(shares);
    return (whole - shares === 0.5 && whole % 2 ? whole - 1 : whole) * 10 ** -digits;
  }
  const places = Math.min(digits, 70);
  const long = Math.abs(value).toFixed(places + 25); // a half ends at once or not at all
  const cut = long.indexOf(".") + 1 + places;
  const below = long.slice(0, cut);
  const stays = /^50*$/.test(long.slice(cut)) && /[02468]\.?$/.test(below);
  return Math.sign(value) * Number(stays ? below : Math.abs(value).toFixed(places));
}
