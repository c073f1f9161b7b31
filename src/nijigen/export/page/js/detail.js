// One avatar larger: mixed with another, with other words, downloaded.

import { certificateOf, newAvatar, pointOf, toJson, wordsOf } from "./avatar.js";
import { byId, choices, make } from "./build.js";
import { paint, tintOf } from "./canvas.js";
import { Pickers } from "./pickers.js";
import { encodePng } from "./png.js";
import { text, wordOf } from "./words.js";

const PARTNERS = 24;

export class Detail {
  constructor(site, maker, { failed }) {
    Object.assign(this, { site, maker, failed, engine: null, avatar: null, drawing: null });
    this.dialog = byId("detail");
    this.canvas = byId("portrait");
    this.pickers = new Pickers(byId("own-pickers"), site, { any: false, changed: (...change) => this.change(...change) });
    byId("words").hidden = !site.schema.width;
    byId("close").addEventListener("click", () => this.dialog.close());
    // A click beside the dialog is on the dialog itself, one inside on what is inside.
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    byId("reset").addEventListener("click", () => this.reset());
    byId("download").addEventListener("click", () => this.download());
    byId("share").addEventListener("input", () => this.mix({ share: Number(byId("share").value) / 100 }));
  }

  /** Shows an avatar of the gallery; it itself stays as it is. */
  show(original, others) {
    if (!original?.pixels) return;
    this.original = original;
    this.partners = others.filter((other) => other !== original).slice(0, PARTNERS);
    this.partner = this.partners[0] ?? null;
    this.reset();
    this.strip();
    byId("share").disabled = !this.partner;
    if (!this.dialog.open) this.dialog.showModal();
  }

  reset() {
    this.drawing?.abort();
    const { seed, born, truncation, pixels } = this.original;
    this.avatar = { ...newAvatar(seed, born, truncation), pixels };
    this.layers = "all";
    byId("share").value = 0;
    this.canvas.parentElement.className = `tile large ${tintOf(seed)}`;
    this.pickers.set(wordsOf(this.avatar));
    this.translate();
    paint(this.canvas, pixels, this.site);
    this.canvas.setAttribute("aria-busy", "false");
  }

  /** Puts what it shows into the language of the page. */
  translate() {
    if (!this.avatar) return;
    this.pickers.render();
    this.layerChoices();
    this.strip();
    this.tell();
  }

  change(name, value) {
    const set = { ...this.avatar.set, [name]: value };
    if (this.avatar.born[name] === value) delete set[name];
    this.avatar.set = set;
    this.draw();
  }

  mix({ share = this.avatar.mix?.share ?? 0, partner = this.partner, layers = this.layers }) {
    Object.assign(this, { partner, layers });
    this.avatar.mix = partner && share ? { other: partner, share, layers } : null;
    this.draw();
  }

  async draw() {
    this.tell();
    this.drawing?.abort();
    this.canvas.setAttribute("aria-busy", "true");
    this.drawing = new AbortController();
    const { signal } = this.drawing;
    const { avatar } = this;
    try {
      const pixels = await this.maker.draw(pointOf(avatar, this.site), signal);
      if (signal.aborted || avatar !== this.avatar) return;
      avatar.pixels = pixels;
      paint(this.canvas, pixels, this.site);
      this.canvas.setAttribute("aria-busy", "false");
    } catch (error) {
      this.failed(error);
    }
  }

  tell() {
    const { seed } = this.avatar;
    const words = Object.entries(wordsOf(this.avatar)).filter(([, value]) => typeof value === "string");
    const list = words.map(([name, value]) => wordOf(this.site, name, value)).join(" · ");
    byId("caption").textContent = `${text("seed")} ${seed}${list ? ` — ${list}` : ""}`;
    this.canvas.setAttribute("aria-label", text("avatar", seed, list));
    byId("share-shown").textContent = `${Math.round((this.avatar.mix?.share ?? 0) * 100)} %`;
  }

  strip() {
    const faces = this.partners.map((other, index) => {
      const input = make("input", { type: "radio", name: "partner", checked: other === this.partner, className: "hidden-input" });
      input.setAttribute("aria-label", text("partner", other.seed));
      input.addEventListener("change", () => {
        // Whoever chooses somebody wants to see something of them.
        if (Number(byId("share").value) === 0) byId("share").value = 50;
        this.mix({ partner: other, share: Number(byId("share").value) / 100 });
      });
      const canvas = make("canvas", { width: 96, height: 96 });
      paint(canvas, other.pixels, this.site);
      return make("label", { className: "choice", "data-partner": index }, input,
        make("span", { className: `tile ${tintOf(other.seed)}` }, canvas));
    });
    byId("partners").replaceChildren(...faces);
  }

  layerChoices() {
    const { layers } = this.site;
    byId("layers").hidden = layers < 2;
    if (layers < 2) return;
    const half = Math.min(4, layers >> 1); // up to 8 px: the coarse ones of StyleGAN
    const options = [["all", "all"], [`0-${half - 1}`, "coarse"], [`${half}-${layers - 1}`, "fine"]];
    const rows = options.map(([value, key]) => ({ value, label: text(key) }));
    byId("layers").replaceChildren(...choices("layers", rows, this.layers, (value) => this.mix({ layers: value })));
  }

  async download() {
    try {
      const { avatar, site, engine } = this;
      const pixels = await this.maker.draw(pointOf(avatar, site)); // what is shown may be of a moment ago
      const note = toJson(certificateOf({ ...avatar, pixels }, site, engine));
      const file = await encodePng(pixels, site.resolution, site.channels, note, site.xmp);
      const link = make("a", { href: URL.createObjectURL(file), download: `${site.name}-${avatar.seed}.png` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      this.failed(error);
    }
  }
}
