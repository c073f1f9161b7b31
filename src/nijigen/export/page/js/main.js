// The page: reads what the folder holds, wakes the worker, and joins the controls to the pictures.

import { byId } from "./build.js";
import { Detail } from "./detail.js";
import { fetchPacked } from "./fetching.js";
import { Gallery } from "./gallery.js";
import { languageButtons, themeButton } from "./look.js";
import { Maker } from "./maker.js";
import { Pickers } from "./pickers.js";
import { readSchema } from "./schema.js";
import { randomSeed, seedNumber } from "./seeds.js";
import { startLanguage, text, translatePage } from "./words.js";

const BASE = new URL("../model/", import.meta.url).href;
const PAUSE = 120; // milliseconds without a change before avatars are made anew
const WIDE = "(min-width: 860px)";

let status = () => "";

function say(message, share) {
  if (byId("status").classList.contains("wrong")) return; // what went wrong stays to be read
  status = message;
  byId("status-text").textContent = message();
  byId("progress").hidden = share === undefined;
  if (share !== undefined) byId("progress").value = share;
}

function failed(error) {
  console.error(error);
  say(() => text("failed", error.message));
  byId("status").classList.add("wrong");
}

async function open() {
  const site = await (await fetch(new URL("site.json", BASE))).json();
  const rows = site.rows ? new Float32Array(await fetchPacked(new URL(site.rows.file, BASE))) : new Float32Array(0);
  return { site: { ...site, schema: readSchema(site) }, rows };
}

function setUp({ site, rows }) {
  const loading = (share) => say(() => (share < 1 ? text("loading", Math.floor(share * 100)) : text("waking")), share);
  loading(0);
  const maker = new Maker(site, BASE, loading);
  const detail = new Detail(site, maker, { failed });
  const gallery = new Gallery(byId("gallery"), site, maker, {
    open: (avatar) => detail.show(avatar, gallery.avatars),
    tell: (done, count) => say(() => (done < count ? text("making", done, count) : text("made", count)),
      done < count ? done / count : undefined),
  });
  const before = () => {
    gallery.busy();
    if (detail.engine) byId("status").classList.remove("wrong"); // one more try
  };
  const make = later(before, () => {
    const first = seedNumber(byId("seed").value);
    byId("seed").setCustomValidity(first === null ? text("badSeed") : "");
    if (first === null) {
      byId("seed").reportValidity();
      return;
    }
    const variety = Number(byId("variety").value) / 100;
    const truncation = site.truncation && variety < 1 ? variety : null;
    const count = Number(byId("count").value);
    gallery.fill({ first, count, wanted: { ...pickers.wanted }, truncation, rows }).catch(failed);
  });
  const pickers = new Pickers(byId("pickers"), site, { any: true, changed: () => { tellChosen(pickers); make(); } });
  const refresh = controls({ site, pickers, gallery, detail, make });
  maker.ready.then((engine) => {
    detail.engine = engine;
    refresh();
    byId("roll").disabled = false;
  }, failed);
  make();
}

/** Joins what stands above the pictures to them; returns what puts the page into its language. */
function controls({ site, pickers, gallery, detail, make }) {
  const refresh = () => {
    const { backend = "wasm", threads = 1 } = detail.engine ?? {};
    translatePage({ theme: [text(document.documentElement.dataset.theme)], downloadHelp: [site.resolution] });
    byId("about").textContent = text("about", site.name, site.resolution, site.licence ?? text("unknown"),
      site.runtime.version, backend, threads);
    byId("status-text").textContent = status();
    showTheme();
    pickers.render();
    gallery.translate();
    detail.translate();
    tellChosen(pickers);
    tellLock();
  };
  const showTheme = themeButton();
  languageButtons(refresh);
  byId("panel").hidden = !site.schema.width;
  byId("panel").open = matchMedia(WIDE).matches;
  byId("variety-field").hidden = !site.truncation;
  byId("seed").value = randomSeed();
  byId("seed").addEventListener("input", () => { byId("seed").setCustomValidity(""); make(); });
  byId("lock").addEventListener("click", () => {
    byId("lock").setAttribute("aria-pressed", byId("lock").getAttribute("aria-pressed") !== "true");
    tellLock();
  });
  byId("count").addEventListener("change", make);
  byId("variety").addEventListener("input", () => { tellVariety(); make(); });
  byId("clear").addEventListener("click", () => { pickers.set({}); tellChosen(pickers); make(); });
  byId("bar").addEventListener("submit", (event) => {
    event.preventDefault();
    if (byId("lock").getAttribute("aria-pressed") !== "true") byId("seed").value = randomSeed();
    make();
  });
  tellVariety();
  refresh();
  return refresh;
}

function tellVariety() {
  byId("variety-shown").textContent = `${byId("variety").value} %`;
}

function tellLock() {
  const kept = byId("lock").getAttribute("aria-pressed") === "true";
  byId("roll").lastElementChild.textContent = text(kept ? "again" : "roll");
}

function tellChosen(pickers) {
  const count = Object.keys(pickers.wanted).length;
  byId("chosen").hidden = !count;
  byId("chosen").textContent = text("chosen", count);
  byId("clear").hidden = !count;
}

// One call for many changes in a row, the first one at once; `before` is called at every change.
function later(before, work) {
  let waiting = null;
  let begun = false;
  return () => {
    before();
    clearTimeout(waiting);
    waiting = setTimeout(work, begun ? PAUSE : 0);
    begun = true;
  };
}

startLanguage();
byId("unstarted").hidden = true;
byId("page").hidden = false;
open().then(setUp).catch(failed);
