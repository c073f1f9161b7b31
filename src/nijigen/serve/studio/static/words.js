// What the page says now; the header is told, and tells all pieces.
let said = {};
const listeners = new Set();

/** The words of some parts of the page, by their last name. */
export function wordsOf(parts) {
  return Object.assign({}, ...parts.map((part) => said[part] ?? {}));
}

export function onWords(callback) {
  listeners.add(callback);
}

export function tellWords(words) {
  said = words;
  for (const callback of listeners) callback();
}
