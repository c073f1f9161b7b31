// Hints of Gradio's buttons, which have no place for any: the title is set as a pointer or the keyboard comes to one.
// (Not before: most buttons are not there until their tab is opened, and the language may change meanwhile.)
import { wordsOf } from "./words.js";

const PREFIX = "nj-";

function hint({ target }) {
  const button = target.closest?.(`button[id^="${PREFIX}"]`);
  const said = button && wordsOf(["hints"])[button.id.slice(PREFIX.length).replaceAll("-", "_")];
  if (said && button.title !== said) button.title = said;
}

export function giveHints() {
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, hint);
}
