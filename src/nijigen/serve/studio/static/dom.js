// Small tools of every piece of the studio.

/** An element: `make("button", { class: "face", onclick, aria: { label } }, child, …)`; null children are left out. */
export function make(tag, facts = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "aria") for (const [key, said] of Object.entries(value)) element.setAttribute(`aria-${key}`, said);
    else if (name === "style") for (const [key, said] of Object.entries(value)) element.style.setProperty(key, said);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Where something of the studio is served, also behind a prefix. */
export function place(path) {
  return new URL(path, document.baseURI).href;
}

/** A sign of our own drawing; it says nothing to screen readers. */
export function sign(name) {
  return make("span", { class: `nj-sign nj-${name}`, aria: { hidden: "true" } });
}

/** `fill("{0} of {1}", 3, 12)` */
export function fill(text, ...values) {
  return (text ?? "").replace(/\{(\d)\}/g, (_, index) => String(values[Number(index)] ?? ""));
}

/** Draw again without losing the place of the keyboard. */
export function redraw(root, ...children) {
  const key = root.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  root.replaceChildren(...children.flat().filter(Boolean));
  if (key !== undefined) root.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** What the browser remembers for this page; nothing where it may not. */
export const remembered = {
  get: (name) => {
    try {
      return localStorage.getItem(`nijigen-${name}`);
    } catch {
      return null;
    }
  },
  set: (name, value) => {
    try {
      localStorage.setItem(`nijigen-${name}`, value);
    } catch {
      // It is forgotten, then.
    }
  },
};
