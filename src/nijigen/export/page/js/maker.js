// The page's side of the worker: one avatar at a time, in order; what is no longer wanted is not begun.

import { fetchPacked } from "./fetching.js";

const THREADS = 4; // more do not help networks of this size

export class Maker {
  /** `base` is where the files of `site` are; `tell` gets the share of them that is there, 0 to 1. */
  constructor(site, base, tell) {
    this.waiting = [];
    this.current = null;
    this.number = 0;
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.ready = new Promise((resolve, reject) => {
      this.worker.onerror = (event) => reject(new Error(event.message || "the worker did not start"));
      this.worker.onmessage = ({ data }) => {
        if (data.kind === "ready") resolve(data);
        else if (data.id === undefined) reject(new Error(data.message));
        else this.finish(data);
      };
      this.start(site, base, tell).catch(reject);
    });
  }

  // The files come while the worker wakes up.
  async start(site, base, tell) {
    const gpu = site.runtime.webgpu ? Boolean(await navigator.gpu?.requestAdapter().catch(() => null)) : false;
    const runtime = gpu ? site.runtime.webgpu : site.runtime.wasm;
    const script = new URL(runtime.script, base).href;
    this.worker.postMessage({ kind: "wake", script });
    const wanted = { binary: runtime.binary, mapping: site.mapping, synthesis: site.synthesis };
    if (site.maps) wanted.maps = site.maps;
    const total = Object.values(wanted).reduce((sum, { bytes }) => sum + bytes, 0);
    let come = 0;
    const told = (bytes) => {
      come += bytes;
      tell(Math.min(come / total, 1));
    };
    const coming = Object.entries(wanted).map(async ([name, { file }]) => [name, await fetchPacked(new URL(file, base), told)]);
    const files = Object.fromEntries(await Promise.all(coming));
    this.worker.postMessage({ kind: "start", site, gpu, threads: threads(), files }, Object.values(files));
  }

  /** The pixels of a point (`worker.js`); null where `signal` was aborted before it was begun. */
  draw(point, signal) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ point, signal, resolve, reject });
      this.next();
    });
  }

  async next() {
    await this.ready;
    if (this.current) return;
    const job = this.waiting.shift();
    if (!job) return;
    if (job.signal?.aborted) {
      job.resolve(null);
      this.next();
      return;
    }
    this.number += 1;
    this.current = { ...job, id: this.number };
    this.worker.postMessage({ kind: "draw", id: this.number, point: job.point });
  }

  finish({ kind, id, pixels, message }) {
    const job = this.current;
    if (!job || job.id !== id) return;
    this.current = null;
    if (kind === "drawn") job.resolve(pixels);
    else job.reject(new Error(message));
    this.next();
  }
}

// Threads need memory that they share: browsers allow it where two headers are sent (README.md of the folder). Two of a
// processor's threads are mostly one core, and one that waits for the other only takes its time.
function threads() {
  return self.crossOriginIsolated ? Math.min(THREADS, Math.ceil((navigator.hardwareConcurrency || 1) / 2)) : 1;
}
