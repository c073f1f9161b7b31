// The networks, in a thread of their own, so that the page answers while they work.

import { toPixels } from "./pixels.js";

let coming = null;
let ort = null;
let site = null;
let mapping = null;
let synthesis = null;
let maps = null;

self.onmessage = async ({ data }) => {
  try {
    if (data.kind === "wake") coming = import(data.script);
    else if (data.kind === "start") self.postMessage({ kind: "ready", ...(await start(data)) });
    else {
      const pixels = await draw(data.point);
      self.postMessage({ kind: "drawn", id: data.id, pixels }, [pixels.buffer]);
    }
  } catch (error) {
    self.postMessage({ kind: "failed", id: data.id, message: String(error?.message ?? error) });
  }
};

async function start({ site: facts, gpu, threads, files }) {
  site = facts;
  ort = await coming;
  ort.env.wasm.wasmBinary = files.binary;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  const options = { executionProviders: ["wasm"], logSeverityLevel: 3 };
  mapping = await ort.InferenceSession.create(files.mapping, options);
  if (gpu) options.executionProviders = ["webgpu", "wasm"];
  synthesis = await ort.InferenceSession.create(files.synthesis, options);
  if (files.maps) maps = new Float32Array(files.maps);
  return { backend: gpu ? "webgpu" : "wasm", threads };
}

async function latentOf({ z, labels }, truncation) {
  const inputs = { z: new ort.Tensor("float32", z, [1, z.length]) };
  if (mapping.inputNames.includes("labels")) inputs.labels = new ort.Tensor("float32", labels, [1, labels.length]);
  if (mapping.inputNames.includes("truncation")) {
    inputs.truncation = new ort.Tensor("float32", Float32Array.of(truncation), []);
  }
  return (await mapping.run(inputs)).latent;
}

/** The pixels of a point: noise and words, and what another one's latent adds to them in some layers. */
async function draw({ truncation, mix, ...own }) {
  const latent = await latentOf(own, truncation);
  if (mix) {
    const other = await latentOf(mix, truncation);
    const width = latent.dims.at(-1);
    for (let i = 0; i < latent.data.length; i += 1) {
      const layer = Math.floor(i / width);
      if (mix.rows && !mix.rows.includes(layer)) continue;
      latent.data[i] += Math.fround(Math.fround(other.data[i] - latent.data[i]) * Math.fround(mix.share));
    }
  }
  const inputs = { latent };
  if (synthesis.inputNames.includes("noise")) inputs.noise = new ort.Tensor("float32", Float32Array.of(1), []);
  if (synthesis.inputNames.includes("maps")) inputs.maps = new ort.Tensor("float32", maps, [1, maps.length]);
  const { image } = await synthesis.run(inputs);
  const data = image.location === "cpu" ? image.data : await image.getData();
  const [, channels, side] = image.dims;
  return toPixels(data, channels, side, site.resolution);
}
