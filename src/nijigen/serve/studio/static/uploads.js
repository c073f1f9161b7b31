// Files that are opened or dropped: sent to the server as they are, which keeps them in memory alone.
import { make, place } from "./dom.js";

const MOST_BYTES = 16 * 2 ** 20;

/** The name of a file on the server; throws a sentence for people. */
export async function send(file, words) {
  if (file.size > MOST_BYTES) throw new Error(words.too_large);
  let answer;
  try {
    answer = await fetch(place("studio/uploads"), { method: "POST", body: file, headers: { "X-Nijigen": "1" } });
  } catch {
    throw new Error(words.not_sent);
  }
  if (answer.status === 413) throw new Error(words.too_large);
  if (!answer.ok) throw new Error(words.not_sent);
  return (await answer.json()).id;
}

/** A place to open a file, by hand, by dropping or by pasting: `take(file)` is called with it; `children` are what it shows. */
export function opener({ key, label, hint, accept, take }, ...children) {
  const input = make("input", { type: "file", class: "nj-hidden", accept, title: hint, "data-key": key, aria: { label },
    onchange: () => {
      if (input.files.length) take(input.files[0]);
      input.value = "";
    } });
  const area = make("label", { class: "nj-drop", title: hint }, input,
    children.flat());
  const over = (on) => (event) => {
    event.preventDefault();
    area.classList.toggle("nj-over", on);
  };
  area.addEventListener("dragenter", over(true));
  area.addEventListener("dragover", over(true));
  area.addEventListener("dragleave", over(false));
  area.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
  return area;
}
