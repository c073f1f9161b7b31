// A grid of avatars that fills as they come; each may be refined, mixed, kept and saved.
import { first } from "./first.js";
import { fill, make, place, redraw, sign } from "./dom.js";

export function mount(element, props, trigger, watch) {
  const root = element.querySelector(".nj-root");
  const status = make("p", { class: "nj-status", role: "status", aria: { live: "polite" } });
  const list = make("ul", { class: "nj-gallery" });
  root.replaceChildren(status, list);
  const tiles = new Map(); // by picture: a tile is made once, however often more of them come

  const act = (action, item) => trigger("act", { action, id: item.id });
  const name = (word, item) => `${word}: ${item.alt}`;

  function tool(action, item, pressed) {
    const word = props.words[action];
    return make("button", { type: "button", class: "nj-tool", "data-key": `${action} ${item.id}`, title: word,
      aria: pressed === undefined ? { label: name(word, item) } : { label: name(word, item), pressed: String(pressed) },
      onclick: () => act(action, item) }, sign(action));
  }

  function tile(item) {
    const { words } = props;
    const actions = item.actions ?? props.actions;
    const kept = (props.kept ?? []).includes(item.id);
    const picture = make("img", { src: place(item.url), width: item.width, height: item.height, alt: item.alt,
      draggable: "false" });
    const main = make("button", { type: "button", class: "nj-face", "data-key": `face ${item.id}`, title: words[actions[0]],
      aria: { label: name(words[actions[0]], item) }, onclick: () => act(actions[0], item) }, picture);
    if (props.plain) return make("li", { class: "nj-tile" }, main);
    const save = make("a", { class: "nj-tool", href: place(item.url), download: item.file, title: words.download,
      "data-key": `save ${item.id}`, aria: { label: name(words.download, item) } }, sign("download"));
    const rest = actions.slice(1).map((action) => tool(action, item, action === "favourite" ? kept : undefined));
    return make("li", { class: "nj-tile" }, main,
      make("div", { class: "nj-tools" }, rest, save));
  }

  function draw(again) {
    const { items = [], total = 0, busy = false } = props.value ?? {};
    const words = props.words;
    if (again) tiles.clear();
    for (const id of tiles.keys()) if (!items.some((item) => item.id === id)) tiles.delete(id);
    for (const item of items) if (!tiles.has(item.id)) tiles.set(item.id, tile(item));
    const waiting = Array.from({ length: busy ? Math.max(0, total - items.length) : 0 },
      () => make("li", { class: "nj-tile nj-waiting", aria: { hidden: "true" } }, make("div", { class: "nj-face" })));
    const wanted = [...items.map((item) => tiles.get(item.id)), ...waiting];
    const same = wanted.length === list.children.length && wanted.every((one, place) => one === list.children[place]);
    if (!same) redraw(list, wanted);
    const { chosen } = props.value ?? {};
    for (const item of items) {
      const one = tiles.get(item.id);
      one.classList.toggle("nj-chosen", item.id === chosen);
      if (props.plain) one.firstChild.setAttribute("aria-pressed", String(item.id === chosen));
    }
    list.setAttribute("aria-label", words.gallery);
    list.setAttribute("aria-busy", String(busy));
    list.hidden = wanted.length === 0;
    const said = busy ? fill(words.making, items.length, total) : items.length ? fill(words.made, items.length) : "";
    if (status.textContent !== said) status.textContent = said;
  }

  watch("value", () => draw(false));
  watch(["words", "kept", "actions"], () => draw(true));
  draw(true);
  if (props.start) first.then((shown) => {
    if (props.value?.items?.length || props.value?.busy) return; // somebody was quicker
    if (shown) props.value = shown;
    draw(false);
    trigger("first");
  });
}
