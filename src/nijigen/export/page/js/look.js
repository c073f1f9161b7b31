// Language and theme: the two things that are the visitor's and not the avatar's.

import { byId, make } from "./build.js";
import { LANGUAGES, currentLanguage, remember, remembered, setLanguage, text } from "./words.js";

const THEMES = ["auto", "light", "dark"];
const SIGNS = { auto: "◐", light: "☀", dark: "☾" };

/** Buttons for the languages; `changed` is called after one was chosen. */
export function languageButtons(changed) {
  const buttons = Object.entries(LANGUAGES).map(([tag, name]) => {
    const button = make("button", { type: "button", lang: tag, className: "choice-button" }, name);
    button.addEventListener("click", () => {
      setLanguage(tag);
      mark();
      changed();
    });
    return button;
  });
  const mark = () => buttons.forEach((button) => button.setAttribute("aria-pressed", button.lang === currentLanguage()));
  mark();
  byId("languages").replaceChildren(...buttons);
}

/** The button that goes through the themes. */
export function themeButton() {
  const button = byId("theme");
  let theme = THEMES.includes(remembered("theme")) ? remembered("theme") : "auto";
  const show = () => {
    document.documentElement.dataset.theme = theme;
    button.textContent = SIGNS[theme];
    button.title = text("theme", text(theme));
    button.setAttribute("aria-label", button.title);
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    remember("theme", theme);
    show();
  });
  show();
  return show;
}
