// The top of the page: the name, the languages, light and dark.
import { make, place, redraw, remembered, sign } from "./dom.js";
import { giveHints } from "./hints.js";
import { nameToasts } from "./toasts.js";
import { tellWords, wordsOf } from "./words.js";

const LANGUAGES = { en: "English", zh: "中文", ja: "日本語" };
const TAGS = { en: "en", zh: "zh-Hans", ja: "ja" };

function light(choice) {
  const dark = choice ? choice === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.classList.toggle("dark", dark);
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  return dark;
}

export function mount(element, props, trigger, watch) {
  const root = element.querySelector(".nj-root");
  const draw = () => {
    const { value } = props;
    const words = wordsOf(["page"]);
    document.documentElement.lang = TAGS[value] ?? "en";
    const dark = light(remembered.get("theme"));
    const languages = Object.entries(LANGUAGES).map(([code, name]) =>
      make("button", { type: "button", lang: TAGS[code], "data-key": code, aria: { pressed: String(code === value) },
        onclick: () => {
          remembered.set("language", code);
          props.value = code;
          document.documentElement.lang = TAGS[code];
          trigger("input");
          draw();
        } }, name));
    const theme = make("button", { type: "button", class: "nj-icon", "data-key": "theme", title: words.theme,
      aria: { label: words.theme, pressed: String(dark) },
      onclick: () => {
        remembered.set("theme", dark ? "light" : "dark");
        draw();
      } }, sign(dark ? "sun" : "moon"));
    redraw(root,
      make("a", { class: "nj-skip", href: "#nj-main" }, words.skip),
      make("a", { class: "nj-brand", href: place("./") },
        make("img", { src: place("studio/static/icon.svg"), width: 36, height: 36, alt: "" }),
        make("h1", {}, "nijigen"), make("small", { lang: "ja" }, "二次元")),
      make("div", { class: "nj-looks" },
        make("div", { class: "nj-segments", role: "group", aria: { label: words.language } }, languages), theme));
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  const tell = () => {
    tellWords(props.spoken);
    draw();
  };
  giveHints();
  nameToasts();
  watch("value", draw);
  watch("spoken", tell);
  tell();
}
