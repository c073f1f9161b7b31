// Two avatars, and a slider from one to the other: every stop is there before it is asked for, so that it answers at once.
import { fill, make, place, redraw, sign } from "./dom.js";
import { opener, send } from "./uploads.js";

const SLOTS = ["one", "other"];

export function mount(element, props, trigger, watch) {
  const root = element.querySelector(".nj-root");
  const status = make("p", { class: "nj-status", role: "status", aria: { live: "polite" } });
  let at = null; // which stop; null: the middle
  let before = "";
  let problem = "";

  const act = (action, more = {}) => trigger("act", { action, ...more });

  async function open(slot, file) {
    problem = "";
    try {
      act("open", { slot, upload: await send(file, props.words) });
    } catch (error) {
      problem = error.message;
      tell();
    }
  }

  function picture(item, kind) {
    return make("img", { src: place(item.url), width: item.width, height: item.height, alt: item.alt, draggable: "false",
      class: `nj-${kind}` });
  }

  function slot(name) {
    const { words, value } = props;
    const item = value?.[name];
    const label = words[name];
    const take = (file) => open(name, file);
    const face = opener({ key: `open ${name}`, label: `${label}: ${words.open}`, hint: words.open_hint, accept: "image/png,image/webp",
      take }, item ? picture(item, "parent") : [sign("open"), make("span", {}, words.open)]);
    return make("div", { class: `nj-slot ${item ? "" : "nj-vacant"}` }, make("h3", {}, label), face,
      make("button", { type: "button", class: "nj-quiet", "data-key": `random ${name}`, title: words.random_hint,
        onclick: () => act("random", { slot: name }) }, sign("dice"), " ", words.random));
  }

  function tools(item) {
    const { words } = props;
    const tool = (action) => make("button", { type: "button", class: "nj-tool", "data-key": action, title: words[action],
      aria: { label: words[action] }, onclick: () => act(action, { id: item.id }) }, sign(action));
    return make("div", { class: "nj-tools nj-wide" }, tool("favourite"), tool("refine"),
      make("a", { class: "nj-button", href: place(item.url), download: item.file, title: words.download_hint,
        "data-key": "download" }, sign("download"), " ", words.download));
  }

  function stage() {
    const { value, words } = props;
    const stops = value?.stops ?? [];
    if (!value?.one || !value?.other) return make("div", { class: "nj-empty" }, make("p", {}, words.nobody),
      make("button", { type: "button", class: "nj-worded", "data-key": "both", title: words.both_hint,
        onclick: () => act("random", { slot: "both" }) }, sign("dice"), words.both));
    const last = Math.max(1, stops.length - 1);
    if (stops.length) at = Math.min(at ?? Math.round(last / 2), last);
    const shown = make("div", { class: "nj-stage" });
    const bar = make("div", { class: "nj-toolbar" });
    const range = make("input", { type: "range", min: 0, max: last, step: 1, class: "nj-blend", "data-key": "share",
      title: words.share_hint, aria: { label: words.share } });
    range.disabled = !stops.length;
    range.value = at ?? last / 2;
    const nearest = () => {
      const made = stops.map((item, index) => (item ? index : -1)).filter((index) => index >= 0);
      return made.reduce((best, index) => (Math.abs(index - at) < Math.abs(best - at) ? index : best), made[0]);
    };
    const follow = () => {
      if (!stops.length) return;
      at = Number(range.value);
      const index = nearest();
      const share = Math.round((100 * at) / last);
      range.setAttribute("aria-valuetext", fill(words.valued, share));
      range.style.setProperty("--share", `${share}%`);
      if (index === undefined) return;
      const item = stops[index];
      if (shown.dataset.id !== item.id) {
        shown.dataset.id = item.id;
        shown.replaceChildren(picture({ ...item, alt: fill(words.mixed, Math.round((100 * index) / last)) }, "portrait"));
        redraw(bar, tools(item));
      }
    };
    range.addEventListener("input", follow);
    follow();
    return make("div", { class: "nj-blender" }, shown,
      make("div", { class: "nj-track" }, picture({ ...value.one, alt: "" }, "end"), range,
        picture({ ...value.other, alt: "" }, "end")), bar);
  }

  function tell() {
    const { value, words } = props;
    const made = (value?.stops ?? []).filter(Boolean).length;
    const said = problem || (value?.busy ? fill(words.making, made, value.stops.length) : "");
    if (status.textContent !== said) status.textContent = said;
    status.classList.toggle("nj-problem", Boolean(problem));
  }

  function draw() {
    const { value, words } = props;
    const pair = SLOTS.map((name) => value?.[name]?.id).join(" ");
    if (pair !== before) [before, problem] = [pair, ""];
    const swap = make("button", { type: "button", class: "nj-icon", "data-key": "swap", title: words.swap, aria: { label: words.swap },
      onclick: () => {
        at = at === null ? null : Math.max(0, (value.stops?.length ?? 1) - 1 - at);
        act("swap");
      } }, sign("swap"));
    swap.disabled = !value?.one && !value?.other;
    redraw(root, make("div", { class: "nj-pair" }, slot("one"), swap, slot("other")), stage(), status);
    tell();
  }

  watch(["value", "words"], draw);
  draw();
}
