// A photograph: opened, dropped or pasted; and what of it is looked at.
import { make, place, redraw, sign } from "./dom.js";
import { opener, send } from "./uploads.js";

export function mount(element, props, trigger, watch) {
  const root = element.querySelector(".nj-root");
  const status = make("p", { class: "nj-status", role: "status", aria: { live: "polite" } });
  let problem = "";
  let sending = false;

  async function take(file) {
    problem = "";
    sending = true;
    tell();
    try {
      const id = await send(file, props.words);
      trigger("act", { action: "open", upload: id });
    } catch (error) {
      problem = error.message;
    }
    sending = false;
    tell();
  }

  function tell() {
    const said = problem || (sending ? props.words.sending : "");
    if (status.textContent !== said) status.textContent = said;
    status.classList.toggle("nj-problem", Boolean(problem));
  }

  function draw() {
    const { words, value } = props;
    const photo = value?.photo;
    const area = opener({ key: "photo", label: photo ? words.another : words.drop, hint: words.drop_hint, accept: "image/*", take },
      photo ? [make("img", { class: "nj-photo", src: place(photo.url), alt: words.yours, width: photo.width, height: photo.height }),
        make("span", {}, words.another)] : [sign("open"), make("strong", {}, words.drop), make("small", {}, words.private)]);
    const forget = photo ? make("button", { type: "button", class: "nj-quiet", "data-key": "forget", title: words.forget_hint,
      onclick: () => trigger("act", { action: "forget" }) }, words.forget) : null;
    redraw(root, area, forget, status);
    tell();
  }

  element.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (file) take(file);
  });
  watch(["value", "words"], draw);
  draw();
}
