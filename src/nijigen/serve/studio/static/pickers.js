// Attributes to choose: swatches for colours, small drawings for shapes, words, and sliders for numbers.
import { fill, make, place, redraw, sign } from "./dom.js";

let mounted = 0;

export function mount(element, props, trigger, watch) {
  const root = element.querySelector(".nj-root");
  const prefix = `nj-pick-${++mounted}`;
  const opened = new Map(); // which groups were opened or closed by hand

  const chosen = () => props.value ?? {};
  let waiting = 0;
  let shown; // what is drawn

  const facts = () => JSON.stringify([props.value, props.rows, props.words]);

  function set(name, value, later = 0) {
    const next = { ...chosen() };
    if (value === null) delete next[name];
    else next[name] = value;
    props.value = next;
    shown = facts(); // buttons show it by themselves
    clearTimeout(waiting);
    waiting = setTimeout(() => trigger("input"), later); // a slider is followed when it rests
    tell();
  }

  function option(row, value, label, face) {
    const key = `${row.name} ${value ?? ""}`;
    const input = make("input", { type: "radio", class: "nj-hidden", name: `${prefix}-${row.name}`, value: value ?? "",
      "data-key": key, aria: { label }, onchange: () => set(row.name, value) });
    input.checked = (chosen()[row.name] ?? null) === value;
    return make("label", { class: "nj-choice", title: label }, input, face);
  }

  function options(row) {
    const any = props.any ? [option(row, null, props.words.any,
      make("span", { class: `nj-tilelet nj-any ${row.kind}` }, row.kind === "swatches" ? null : sign("dice")))] : [];
    return [...any, ...row.options.map((one) => {
      if (row.kind === "swatches") return option(row, one.value, one.label,
        make("span", { class: "nj-tilelet swatches", style: { "--colour": one.colour } }));
      if (row.strip) return option(row, one.value, one.label, make("span", { class: "nj-tilelet thumbs", style: {
        "background-image": `url("${place(row.strip)}")`,
        "background-size": `100% ${row.of * 100}%`,
        "background-position": `0 ${row.of > 1 ? (one.place / (row.of - 1)) * 100 : 0}%`,
      } }));
      return option(row, one.value, one.label, make("span", { class: "nj-tilelet words" }, one.label));
    })];
  }

  function told(row) {
    const value = chosen()[row.name];
    if (value === undefined) return props.any ? props.words.any : "";
    if (row.kind === "number") return Number(value).toFixed(row.digits);
    return row.options.find((one) => one.value === value)?.label ?? String(value);
  }

  function field(row) {
    return make("fieldset", { class: "nj-field", "data-attribute": row.name },
      make("legend", {}, row.label, " ", make("span", { class: "nj-told" })),
      make("div", { class: `nj-options ${row.kind}` }, options(row)));
  }

  function slider(row) {
    const id = `${prefix}-${row.name}`;
    const value = chosen()[row.name];
    const input = make("input", { type: "range", id, min: row.low, max: row.high, step: row.step, "data-key": row.name,
      title: row.hint, oninput: () => set(row.name, Number(input.value), props.later ?? 180) });
    input.value = value ?? row.middle;
    const free = props.any ? make("button", { type: "button", class: "nj-quiet", "data-key": `any ${row.name}`,
      aria: { label: `${row.label}: ${props.words.any}` }, onclick: () => {
        input.value = row.middle;
        set(row.name, null);
      } }, props.words.any) : null;
    return make("div", { class: "nj-number", "data-attribute": row.name },
      make("label", { for: id }, row.label, " ", make("span", { class: "nj-told" })), input, free);
  }

  function group(rows, key, title) {
    if (!rows.length) return null;
    const details = make("details", { class: "nj-group" }, make("summary", { "data-key": key }, title),
      rows.map((row) => (row.kind === "number" ? slider(row) : field(row))));
    details.open = opened.get(key) ?? key === "shown";
    details.addEventListener("toggle", () => opened.set(key, details.open));
    return details;
  }

  function tell() {
    for (const row of props.rows ?? []) {
      const place = root.querySelector(`[data-attribute="${CSS.escape(row.name)}"]`);
      if (!place) continue;
      place.querySelector(".nj-told").textContent = told(row);
      const free = chosen()[row.name] === undefined;
      place.classList.toggle("nj-free", free);
      place.querySelector(".nj-quiet")?.setAttribute("aria-pressed", String(free));
    }
    const count = Object.keys(chosen()).length;
    const reset = root.querySelector(".nj-reset");
    if (reset) {
      reset.disabled = count === 0;
      reset.lastChild.textContent = count ? fill(props.words.clear, count) : props.words.free;
    }
  }

  // An answer that changes nothing leaves everything in place: somebody may be pressing one of the buttons.
  function draw() {
    const now = facts();
    if (now === shown) return;
    shown = now;
    const rows = props.rows ?? [];
    const words = rows.filter((row) => row.kind !== "number");
    const numbers = rows.filter((row) => row.kind === "number");
    const reset = props.any && rows.length ? make("button", { type: "button", class: "nj-reset nj-quiet", "data-key": "reset",
      onclick: () => {
        props.value = {};
        trigger("input");
        draw();
      } }, "") : null;
    reset?.append(document.createTextNode(""));
    const flat = !words.length || !numbers.length;
    redraw(root, reset,
      flat ? rows.map((row) => (row.kind === "number" ? slider(row) : field(row)))
        : [group(words, "shown", props.words.shown), group(numbers, "fine", props.words.fine)]);
    tell();
  }

  watch(["value", "rows", "words"], draw);
  draw();
}
