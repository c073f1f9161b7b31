// A place to drop an avatar's file; the server reads its certificate.
import { make, redraw, sign } from "./dom.js";
import { opener, send } from "./uploads.js";

export function mount(element, props, trigger, watch) {
  const root = element.querySelector(".nj-root");
  const status = make("p", { class: "nj-status", role: "status", aria: { live: "polite" } });
  const place = make("div", {});
  root.replaceChildren(place, status);

  async function take(file) {
    status.textContent = props.words.sending;
    try {
      const id = await send(file, props.words);
      trigger("opened", { id, name: file.name });
      status.textContent = "";
    } catch (error) {
      status.textContent = error.message;
    }
  }

  function draw() {
    const { words } = props;
    redraw(place, opener({ key: "dropped", label: words.drop, hint: words.drop_hint,
      accept: "image/png,image/webp", take }, [sign("open"), make("strong", {}, words.drop)]));
    place.append(make("p", { class: "nj-hint" }, words.drop_hint));
  }

  watch("words", draw);
  draw();
}
