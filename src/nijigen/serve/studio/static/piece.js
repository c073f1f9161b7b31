// How a piece begins: with what it was told for good, what may change, and the words of the page.
import { onWords, wordsOf } from "./words.js";

export async function begin(module, element, props, told, trigger, watch) {
  const { mount } = await import(new URL(`./${module}.js`, import.meta.url).href);
  const own = new Proxy({}, {
    get: (_, key) => (key === "words" ? wordsOf(told.parts) : props[key] ?? told[key]),
    set: (_, key, value) => {
      props[key] = value;
      return true;
    },
  });
  const listen = (names, callback) => {
    const keys = [names].flat();
    watch(keys.filter((key) => key !== "words"), callback);
    if (keys.includes("words")) onWords(callback);
  };
  mount(element, own, trigger, listen);
}
