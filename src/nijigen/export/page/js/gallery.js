// The grid: places at once, pictures as they come.

import { newAvatar, pointOf, wordsOf } from "./avatar.js";
import { make } from "./build.js";
import { paint, tintOf } from "./canvas.js";
import { absent, drawLabels } from "./schema.js";
import { SEED_LIMIT } from "./seeds.js";
import { text, wordOf } from "./words.js";

const SIDE = 256; // of a canvas, in its own pixels

export class Gallery {
  /** `open` gets the avatar that was chosen; `tell` how many of how many are there. */
  constructor(place, site, maker, { open, tell }) {
    Object.assign(this, { place, site, maker, open, tell });
    this.cells = [];
    this.filling = null;
  }

  /** All avatars that are drawn. */
  get avatars() {
    return this.cells.map(({ avatar }) => avatar).filter(({ pixels }) => pixels);
  }

  /** Makes `count` avatars of seeds from `first` on, with the words `wanted`; what was being made is left. */
  async fill({ first, count, wanted, truncation, rows }) {
    this.filling?.abort();
    this.filling = new AbortController();
    this.busy();
    const { signal } = this.filling;
    this.places(count);
    const without = absent(this.site.schema, rows, wanted);
    for (const [index, cell] of this.cells.entries()) {
      const seed = (first + BigInt(index)) % SEED_LIMIT;
      cell.avatar = newAvatar(seed, drawLabels(this.site.schema, rows, seed, wanted, without), truncation);
      cell.tile.className = `tile ${tintOf(seed)}`;
      cell.button.classList.add("waiting");
    }
    for (const [index, cell] of this.cells.entries()) {
      const pixels = await this.maker.draw(pointOf(cell.avatar, this.site), signal);
      if (signal.aborted) return;
      cell.avatar.pixels = pixels;
      paint(cell.canvas, pixels, this.site);
      cell.button.classList.remove("waiting", "empty");
      cell.button.disabled = false;
      this.name(cell);
      this.tell(index + 1, count);
    }
    this.place.setAttribute("aria-busy", "false");
  }

  /** Says that what is shown is about to change. */
  busy() {
    this.place.setAttribute("aria-busy", "true");
  }

  /** Puts the names of all avatars into the language of the page. */
  translate() {
    for (const cell of this.cells) if (cell.avatar?.pixels) this.name(cell);
  }

  places(count) {
    while (this.cells.length > count) this.cells.pop().item.remove();
    while (this.cells.length < count) {
      const canvas = make("canvas", { width: SIDE, height: SIDE });
      const tile = make("span", { className: "tile" }, canvas);
      const button = make("button", { type: "button", className: "avatar waiting empty", disabled: true }, tile);
      const item = make("li", {}, button);
      const cell = { canvas, tile, button, item, avatar: null };
      button.addEventListener("click", () => this.open(cell.avatar));
      this.place.append(item);
      this.cells.push(cell);
    }
  }

  name({ button, avatar }) {
    const words = Object.entries(wordsOf(avatar)).filter(([, value]) => typeof value === "string");
    const list = words.map(([name, value]) => wordOf(this.site, name, value)).join(", ");
    button.setAttribute("aria-label", text("avatar", avatar.seed, list));
  }
}
