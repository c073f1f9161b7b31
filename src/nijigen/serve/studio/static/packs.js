// What is found, as one file to take along: made by the server, then saved by the browser.
import { fill, make, place, redraw, sign } from "./dom.js";

const KINDS = ["zip", "sheet", "stickers"];

export function mount(element, props, trigger, watch) {
  const root = element.querySelector(".nj-root");
  const status = make("p", { class: "nj-status", role: "status", aria: { live: "polite" } });
  const buttons = make("div", { class: "nj-packs", role: "group" });
  root.replaceChildren(buttons, status);
  let saved = props.value?.url;

  function draw() {
    const { words, value } = props;
    const busy = Boolean(value?.busy);
    buttons.setAttribute("aria-label", words.all);
    redraw(buttons, KINDS.map((kind) => make("button", { type: "button", class: "nj-button", "data-key": kind,
      title: words[`${kind}_hint`], disabled: busy || !value?.any, onclick: () => trigger("pack", { kind }) },
    sign("download"), " ", words[kind])));
    const said = busy ? words.packing : value?.file ? fill(words.ready, value.file) : "";
    if (status.textContent !== said) status.textContent = said;
  }

  function show() {
    draw();
    const { url, file } = props.value ?? {};
    if (!url || url === saved) return;
    saved = url;
    const link = make("a", { href: place(url), download: file });
    document.body.append(link);
    link.click();
    link.remove();
  }

  watch("value", show);
  watch("words", draw);
  draw();
}
