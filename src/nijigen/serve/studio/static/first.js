// The page's first avatars, asked for at once; null where that failed, and the page asks again in its own way.
import { place, remembered } from "./dom.js";

const language = remembered.get("language") ?? navigator.language.slice(0, 2);

export const first = fetch(place(`studio/first?language=${language}`))
  .then((answer) => (answer.ok ? answer.json() : null))
  .then((shown) => {
    for (const item of shown?.items ?? []) new Image().src = place(item.url); // while the page is being built
    return shown;
  })
  .catch(() => null);
