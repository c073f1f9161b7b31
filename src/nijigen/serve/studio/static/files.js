// Files to take along, as they are: links that look like buttons, and a picture of what moves.
import { make, place, redraw, sign } from "./dom.js";

export function mount(element, props, trigger, watch) {
  const root = element.querySelector(".nj-root");

  function draw() {
    const { value, words } = props;
    const files = value?.files ?? [];
    const shown = value?.shown ? make("img", { class: "nj-loop", src: place(value.shown.url), alt: words[value.shown.word], width: value.shown.width, height: value.shown.height }) : null;
    redraw(root, shown, files.length ? make("div", { class: "nj-files" }, files.map((file) =>
      make("a", { class: "nj-button", href: place(file.url), download: file.file, title: words[`${file.word}_hint`],
        "data-key": file.word }, sign("download"), " ", words[file.word]))) : null);
  }

  watch(["value", "words"], draw);
  draw();
}
