// Small pieces of the page.

/** An element with properties, `data-` and `aria-` attributes among them, and what is inside. */
export function make(tag, properties = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...inside);
  return element;
}

export const byId = (id) => document.getElementById(id);

/**
 * One of several: radio buttons under labels. `options` are `{value, label, colour, plain}`; `change` gets the value.
 */
export function choices(name, options, chosen, change) {
  return options.map(({ value, label, colour, kind = "" }) => {
    const input = make("input", { type: "radio", name, value, checked: value === chosen, className: "hidden-input" });
    input.addEventListener("change", () => change(value));
    const face = make("span", { className: `face ${kind}` }, ...(kind.includes("swatch") ? [] : [label]));
    if (colour) face.style.setProperty("--colour", colour);
    if (kind.includes("swatch")) input.setAttribute("aria-label", label);
    return make("label", { className: "choice", title: label }, input, face);
  });
}
