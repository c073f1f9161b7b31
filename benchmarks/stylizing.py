"""What `nijigen stylize` costs, how far tiles are from the whole, and what becomes of faces.

    python benchmarks/stylizing.py speed                       # 512 px against the plain eager forward, turn by turn
    python benchmarks/stylizing.py tiles ../shared/data        # tiles against the whole at 1,024 px, by what is around
    python benchmarks/stylizing.py memory                      # peak memory and time of a 4,096 px picture
    python benchmarks/stylizing.py faces ../shared/data sheets   # faces found before and after, and the sheets

Weights are looked for as always (`nijigen weights`): cartoongan-hayao, and OpenCV's cascade for faces. One thread.
"""

import argparse
import random
import statistics
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peak import run
from PIL import Image
from torch import Tensor
from torch.nn import functional

from nijigen.images.faces.face import Face, same
from nijigen.machine import prepare_machine
from nijigen.translate.faces import open_faces
from nijigen.translate.published import read_published
from nijigen.translate.stylizer import Settings, open_stylizer
from nijigen.translate.tiling import AROUND, MEASURED, translated
from nijigen.weights import find_weights

NAME = "cartoongan-hayao"
FACES = (28, 48, 80)  # pixels a side of the faces in scenes


def main() -> None:
    """One of the verbs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("speed", "tiles", "memory", "faces"))
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=20, help="portraits")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each way")
    parser.add_argument("--size", type=int, help="of the longer side: speed 512, tiles 1,024, memory 4,096")
    chosen = parser.parse_args()
    prepare_machine(1)
    with torch.inference_mode():
        if chosen.verb == "speed":
            speed(chosen.size or 512, chosen.rounds)
        elif chosen.verb == "tiles":
            tiled(portraits(chosen.folders[0], 4), chosen.size or 1024)
        elif chosen.verb == "memory":
            memory(chosen.size or 4096)
        else:
            faces(portraits(chosen.folders[0], 10 * chosen.count), chosen.count, chosen.folders[1])


def speed(size: int, rounds: int) -> None:
    """Processor seconds of each way, turn by turn, so that what else runs here slows all of them down alike."""
    values = torch.from_numpy(np.random.default_rng(1).random((1, 3, size, size), np.float32)) * 2 - 1
    folder = find_weights(NAME)
    network, ours = read_published(folder), open_stylizer(NAME, Settings(face="whole"), "cpu").style.network
    arrays = {path.stem: torch.from_numpy(np.load(path)) for path in folder.glob("*.npy")}
    last: dict[str, Any] = {key: value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
                            for key, value in arrays.items()}  # fmt: skip
    bgr = values.flip(1)
    ways: dict[str, Callable[[], Tensor]] = {
        "plain eager": lambda: plain(arrays, bgr),
        "plain eager, channels last": lambda: plain(last, bgr.contiguous(memory_format=torch.channels_last)),
        "fused norm": lambda: network(values),
        "fused norm and Winograd": lambda: ours(values),
    }
    if session := onnx_session(network, size):
        ways["onnxruntime"] = lambda: session(values)
    taken: dict[str, list[float]] = {name: [] for name in ways}
    expected = ways["plain eager"]().flip(1)
    for name, way in ways.items():
        off = float(((way().flip(1) if "plain" in name else way()) - expected).abs().max())
        print(f"{name}: differs by at most {off:.1e}")
    for _ in range(rounds):
        for name, way in ways.items():
            before = time.process_time()
            way()
            taken[name].append(time.process_time() - before)
    for name, times in taken.items():
        ratios = [one / other for one, other in zip(taken["plain eager"], times, strict=True)]
        print(f"{name}: {statistics.median(times):.2f} s, {statistics.median(ratios):.2f} times as fast")


def onnx_session(network: torch.nn.Module, size: int) -> Callable[[Tensor], Tensor] | None:
    """The network in onnxruntime, one thread; None where it is not installed."""
    try:
        import onnx  # noqa: F401
        import onnxruntime
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode(False), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this exporter is the old one
        path = Path(folder) / "network.onnx"
        example = torch.zeros(1, 3, size, size)
        torch.onnx.export(network, (example,), path, dynamo=False, opset_version=17, input_names=["x"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda values: torch.from_numpy(session.run(None, {"x": values.numpy()})[0])


def plain(arrays: dict[str, Tensor], x: Tensor) -> Tensor:
    """The network as its description says it, by the calls that say so: BGR → BGR."""

    def conv(name: str, x: Tensor, **how: int) -> Tensor:
        return functional.conv2d(x, arrays[f"{name}.weight"], arrays[f"{name}.bias"], **how)

    def norm(name: str, x: Tensor) -> Tensor:
        return functional.instance_norm(x, weight=arrays[f"{name}.scale"], bias=arrays[f"{name}.shift"], eps=1e-9)

    def mirrored(x: Tensor, width: int) -> Tensor:
        return functional.pad(x, (width,) * 4, mode="reflect")

    x = functional.relu(norm("in01_1", conv("conv01_1", mirrored(x, 3))))
    for number in ("02", "03"):
        x = conv(f"conv{number}_2", conv(f"conv{number}_1", x, stride=2, padding=1), padding=1)
        x = functional.relu(norm(f"in{number}_1", x))
    for number in range(4, 12):
        inner = functional.relu(norm(f"in{number:02d}_1", conv(f"conv{number:02d}_1", mirrored(x, 1))))
        x = x + norm(f"in{number:02d}_2", conv(f"conv{number:02d}_2", mirrored(inner, 1)))
    for number, normed in (("01", 12), ("02", 13)):
        weight, bias = arrays[f"deconv{number}_1.weight"], arrays[f"deconv{number}_1.bias"]
        x = functional.conv_transpose2d(x, weight, bias, stride=2, padding=1, output_padding=1)
        x = functional.relu(norm(f"in{normed}_1", conv(f"deconv{number}_2", x, padding=1)))
    return torch.tanh(conv("deconv03_1", mirrored(x, 3)))


def tiled(pictures: list[Image.Image], size: int) -> None:
    """How far tiles are from the whole, in levels of 255, for statistics of the picture itself and of a smaller one."""
    network = open_stylizer(NAME, Settings(face="whole"), "cpu").style.network
    sheet = Image.new("RGB", (size, size))
    for index, picture in enumerate(pictures):
        half = size // 2
        sheet.paste(picture.resize((half, half), Image.Resampling.LANCZOS), (index % 2 * half, index // 2 * half))
    pixels = np.asarray(sheet)
    whole = translated(network, pixels, whole=size).astype(float)
    for statistics_at, around in ((size - 1, 16), (size - 1, AROUND), (MEASURED, AROUND)):
        off = np.abs(translated(network, pixels, whole=size - 1, at=statistics_at, around=around) - whole)
        shares = f"mean {off.mean():.2f}, 99 % within {np.quantile(off, 0.99):.0f}, most {off.max():.0f}"
        print(f"statistics at {statistics_at} px, {around} px around: {shares}", flush=True)


def memory(size: int) -> None:
    """Peak memory and processor time of the command on one large picture."""
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    waves = (128 + 120 * np.sin(rows / 37), 128 + 120 * np.cos(columns / 53), (rows + columns) / size * 127)
    pixels = np.stack([wave.astype(np.uint8) for wave in waves], -1)
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "large.jpg", Path(folder) / "out.jpg"
        Image.fromarray(pixels).save(source)
        cost = run("stylize", source, out, "--threads", 1)
    print(f"{size}x{size} px: {cost.megabytes:,.0f} MB at most, {cost.seconds:.0f} s of the processor")


def faces(pictures: list[Image.Image], count: int, out: Path) -> None:
    """Portraits and scenes with small faces, drawn both ways; which faces a detector still finds; and the sheets."""
    out.mkdir(parents=True, exist_ok=True)
    detector = open_faces()
    chosen: list[tuple[Image.Image, Face]] = []
    for picture in pictures:
        if len(chosen) < count and len(seen := detector.find(picture)) == 1 and seen[0].side >= 100:
            chosen.append((picture, seen[0]))
    ways = {kind: open_stylizer(NAME, Settings(face=kind), "cpu") for kind in ("whole", "paste")}
    rows = [(picture, *(way(picture) for way in ways.values())) for picture, _ in chosen]
    portrait_rows = [[face] for _, face in chosen]
    told("portraits, 256 px", rows, portrait_rows, detector)
    sheet([row[:2] for row in rows], 4, 144).save(out / "stylize-portraits.webp", quality=82)
    shown = []
    for side in FACES:
        scenes, places = zip(*(scene(picture, face, side) for picture, face in chosen), strict=True)
        drawn = [(picture, *(way(picture) for way in ways.values())) for picture in scenes]
        told(f"scenes, faces of {side} px", drawn, [[place] for place in places], detector)
        shown.append((drawn, places))
    close = []
    for (drawn, places), picks in zip(shown, ((1, 2, 3, 18),) * len(FACES), strict=True):
        close += [[around(picture, places[pick]) for picture in drawn[pick]] for pick in picks]
    sheet(close, 4, 96).save(out / "stylize-small-faces.webp", quality=82)
    print(f"{out}: two sheets", flush=True)


def told(what: str, rows: list[Any], places: list[list[Face]], detector: Any) -> None:
    """Of the faces that a detector finds before, the share that it finds afterwards, whole and pasted."""
    before = [
        [face for face in known if found(detector, row[0], face)] for row, known in zip(rows, places, strict=True)
    ]
    total = sum(map(len, before))
    shares = []
    for way in (1, 2):
        kept = sum(found(detector, row[way], face) for row, known in zip(rows, before, strict=True) for face in known)
        shares.append(f"{kept}/{total}")
    print(f"{what}: {total} found before; afterwards whole {shares[0]}, paste {shares[1]}", flush=True)


def found(detector: Any, picture: Image.Image, face: Face) -> bool:
    """Whether a face is found where it is."""
    return any(same(face.box, other.box) for other in detector.find(picture))


def scene(picture: Image.Image, face: Face, side: int) -> tuple[Image.Image, Face]:
    """A portrait shrunk until its face has so many pixels, in a picture four times as wide whose ground goes on."""
    factor = side / face.side
    small = picture.resize((max(8, round(picture.width * factor)),) * 2, Image.Resampling.LANCZOS)
    width, height = 3 * small.width, 2 * small.height
    ground = picture.resize((width, height), Image.Resampling.BICUBIC, box=(0, 0, picture.width, picture.height // 4))
    left, top = width // 3, height - small.height
    ground.paste(small, (left, top))
    scale = small.width / picture.width
    x0, y0, x1, y1 = (edge * scale for edge in face.box)
    return ground, Face((x0 + left, y0 + top, x1 + left, y1 + top), face.score)


def around(picture: Image.Image, face: Face) -> Image.Image:
    """What is around a face, as a square inside the picture."""
    side = min(round(2 * face.side), *picture.size)
    left, top = (
        min(max(0, round((near + far - side) / 2)), most - side)
        for near, far, most in ((face.box[0], face.box[2], picture.width), (face.box[1], face.box[3], picture.height))
    )
    return picture.crop((left, top, left + side, top + side))


def sheet(rows: list[Any], across: int, side: int) -> Image.Image:
    """Rows of pictures side by side, so many rows beside each other."""
    gap = 6
    columns = len(rows[0])
    down = -(-len(rows) // across)
    made = Image.new("RGB", (across * (columns * side + gap) - gap, down * side), "white")
    for index, row in enumerate(rows):
        left, top = index % across * (columns * side + gap), index // across * side
        for number, picture in enumerate(row):
            made.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (left + number * side, top))
    return made


def portraits(folder: Path, count: int) -> list[Image.Image]:
    """Portrait photographs, drawn by chance, always the same."""
    with zipfile.ZipFile(folder / "portrait-photos-256.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        chosen = random.Random(8).sample(names, min(count, len(names)))
        return [Image.open(BytesIO(archive.read(name))).convert("RGB") for name in chosen]


if __name__ == "__main__":
    main()
