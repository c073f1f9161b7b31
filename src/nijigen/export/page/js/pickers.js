// Controls for the attributes of a model: swatches for colours, segments for few words, lists for many, sliders.

import { choices, make } from "./build.js";
import { text, wordOf } from "./words.js";

const FEW = 3; // words that stand side by side
const ANY = "";

export class Pickers {
  /**
   * `any`: whether an attribute may be left open. `changed` is called after every change by hand.
   */
  constructor(place, site, { any, changed }) {
    Object.assign(this, { place, site, any, changed });
    this.prefix = place.id;
    this.wanted = {};
  }

  /** Other values, without a call of `changed`. */
  set(wanted) {
    this.wanted = { ...wanted };
    this.render();
  }

  render() {
    const shown = this.site.schema.attributes.filter(({ range, values }) => range || values.length > 1);
    const words = shown.filter(({ range }) => !range).map((attribute) => this.wordControl(attribute));
    const numbers = shown.filter(({ range }) => range).map((attribute) => this.numberControl(attribute));
    this.place.replaceChildren(...words, ...numbers);
  }

  want(name, value) {
    if (value === undefined) delete this.wanted[name];
    else this.wanted[name] = value;
    this.changed(name, value);
  }

  wordControl(attribute) {
    const { name, values } = attribute;
    const colours = this.site.colours[name] ?? {};
    if (values.every((value) => value in colours)) return this.radios(attribute, "swatches", colours);
    return values.length <= FEW ? this.radios(attribute, "segments", {}) : this.list(attribute);
  }

  radios({ name, values }, look, colours) {
    const title = wordOf(this.site, name);
    const kind = look === "swatches" ? "swatch" : "";
    const options = values.map((value) => ({ value, label: wordOf(this.site, name, value), colour: colours[value], kind }));
    // What was never said of an avatar can stay so.
    if (this.any || !(name in this.wanted)) {
      const label = this.any ? text("any") : text("unsaid");
      options.unshift({ value: ANY, label, kind: kind && `${kind} rainbow` });
    }
    const told = make("output", { className: "told" });
    const tell = () => {
      told.textContent = kind && name in this.wanted ? wordOf(this.site, name, this.wanted[name]) : "";
    };
    const group = choices(`${this.prefix}-${name}`, options, this.wanted[name] ?? ANY, (value) => {
      this.want(name, value === ANY ? undefined : value);
      tell();
    });
    tell();
    const legend = make("legend", {}, title, " ", told);
    return make("fieldset", { "data-attribute": name }, legend, make("div", { className: look }, ...group));
  }

  list({ name, values }) {
    const id = `${this.prefix}-${name}`;
    const select = make("select", { id });
    if (this.any || !(name in this.wanted)) {
      select.append(make("option", { value: ANY }, this.any ? text("any") : text("unsaid")));
    }
    for (const value of values) select.append(make("option", { value }, wordOf(this.site, name, value)));
    select.value = this.wanted[name] ?? ANY;
    select.addEventListener("change", () => this.want(name, select.value === ANY ? undefined : select.value));
    const label = make("label", { for: id }, wordOf(this.site, name));
    return make("div", { className: "field", "data-attribute": name }, label, select);
  }

  numberControl({ name, range: [low, high] }) {
    const id = `${this.prefix}-${name}`;
    const slider = make("input", { type: "range", id, min: low, max: high, step: (high - low) / 100 });
    slider.value = this.wanted[name] ?? (low + high) / 2;
    const told = make("output", { className: "told", htmlFor: id });
    const field = make("div", { className: "field number", "data-attribute": name });
    const open = make("button", { type: "button", className: "quiet any" }, text("any"));
    const tell = () => {
      const free = !(name in this.wanted);
      field.classList.toggle("open", free);
      told.textContent = free ? "" : Number(this.wanted[name].toPrecision(3));
      open.setAttribute("aria-pressed", free);
      slider.setAttribute("aria-valuetext", free ? text("any") : told.textContent);
    };
    slider.addEventListener("input", () => {
      this.want(name, Math.min(Math.max(Number(slider.value), low), high));
      tell();
    });
    open.setAttribute("aria-label", `${wordOf(this.site, name)}: ${text("any")}`);
    open.addEventListener("click", () => {
      this.want(name, undefined);
      tell();
    });
    tell();
    field.append(make("label", { for: id }, wordOf(this.site, name), " ", told), slider, ...(this.any ? [open] : []));
    return field;
  }
}
