// Short messages: Gradio titles them in English, by their kind alone; here they are titled in the page's language.
import { onWords, wordsOf } from "./words.js";

const titles = document.getElementsByClassName("toast-title"); // those that are there now

function retitle() {
  const words = wordsOf(["page"]);
  const said = { info: words.note, success: words.note, warning: words.sorry, error: words.sorry };
  for (const title of titles) {
    const kind = Object.keys(said).find((one) => title.classList.contains(one));
    if (said[kind] && title.firstChild) title.firstChild.nodeValue = `${said[kind]} `; // what follows is how many
    title.closest('[data-testid="toast-body"]')?.querySelector('[data-testid="toast-close"]')
      ?.setAttribute("aria-label", words.close);
  }
}

export function nameToasts() {
  new MutationObserver(retitle).observe(document.body, { childList: true, subtree: true });
  onWords(retitle);
}
