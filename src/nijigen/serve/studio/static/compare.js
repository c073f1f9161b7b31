// One avatar, large; and beside it, under a curtain, what it was before.
import { make, place, redraw, sign } from "./dom.js";

export function mount(element, props, trigger, watch) {
  const root = element.querySelector(".nj-root");
  let share = 100;

  function picture(item, kind) {
    return make("img", { src: place(item.url), width: item.width, height: item.height, alt: item.alt,
      class: `nj-portrait nj-${kind}`, draggable: "false" });
  }

  function tools(now) {
    const { words } = props;
    const kept = (props.kept ?? []).includes(now.id);
    const buttons = props.actions.map((action) => make("button", { type: "button", class: "nj-worded", "data-key": action,
      aria: action === "favourite" ? { pressed: String(kept) } : {},
      onclick: () => trigger("act", { action, id: now.id }) }, sign(action), words[action]));
    return make("div", { class: "nj-own-tools" }, buttons, make("a", { class: "nj-worded", href: place(now.url), download: now.file,
      "data-key": "download" }, sign("download"), words.download),
    (now.links ?? []).map((link) => make("a", { class: "nj-worded", href: place(link.url), download: link.file,
      title: words[`${link.word}_hint`], "data-key": link.word }, sign("download"), words[link.word])));
  }

  function draw() {
    const { now, before } = props.value ?? {};
    const { words } = props;
    if (!now) return redraw(root, make("p", { class: "nj-empty" }, words.nobody));
    const stage = make("div", { class: "nj-stage" }, picture(now, "now"));
    if (!before) return redraw(root, stage, tools(now));
    const curtain = picture({ ...before, alt: "" }, "before");
    const follow = () => {
      curtain.style.clipPath = `inset(0 0 0 ${share}%)`;
      stage.style.setProperty("--share", `${share}%`);
    };
    const range = make("input", { type: "range", min: 0, max: 100, step: 1, class: "nj-curtain", "data-key": "curtain",
      title: words.compare, aria: { label: words.compare }, oninput: () => {
        share = Number(range.value);
        follow();
      } });
    range.value = share;
    stage.append(curtain, make("span", { class: "nj-edge", aria: { hidden: "true" } }));
    follow();
    return redraw(root, stage, make("div", { class: "nj-ends", aria: { hidden: "true" } },
      make("span", {}, words.after), make("span", {}, words.before)), range, tools(now));
  }

  watch(["value", "words", "kept"], draw);
  draw();
}
