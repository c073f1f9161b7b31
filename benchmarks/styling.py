"""What painting by optimisation costs, and the picture of docs/styling.md.

    python benchmarks/styling.py costs --sizes 64 128 256 512     # seconds and memory of nijigen style, one thread
    python benchmarks/styling.py optimizers --seeds 4             # L-BFGS and Adam: how near in how many steps
    python benchmarks/styling.py picture docs/images              # the sheet
    python benchmarks/styling.py avatars docs/images              # avatars of the bundled model, painted; and seconds
    python benchmarks/styling.py learned docs/images              # chibi-tiny before and after recipe styled

Pictures are the illustrator's. The weights of VGG19 are looked for as always (``nijigen weights``). One thread.
"""

import argparse
import tempfile
from pathlib import Path

import torch
from peak import run
from PIL import Image, ImageDraw

from nijigen.engine.model import Model
from nijigen.features.vgg import open_vgg
from nijigen.features.vgg_network import Vgg
from nijigen.illustrator import compose
from nijigen.machine import prepare_machine
from nijigen.style.painting import paint, total_steps
from nijigen.style.settings import Settings
from nijigen.style.sweep import strip
from nijigen.training.recipe import load_recipe
from nijigen.training.style import open_style

SITTER, PAINTER = "ada", "eve"  # seeds of the drawings that are painted, and painted like


def main() -> None:
    """One of the verbs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("costs", "optimizers", "picture", "avatars", "learned"))
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/images"), help="where pictures go")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256, 512], help="costs: pixels a side")
    parser.add_argument("--seeds", type=int, default=4, help="optimizers: pairs of drawings")
    parser.add_argument("--steps", type=int, nargs="+", default=[25, 50, 100, 200], help="optimizers: how many")
    parser.add_argument("--run", type=Path, help="learned: a run that is there already")
    chosen = parser.parse_args()
    prepare_machine(1)
    if chosen.verb == "costs":
        costs(chosen.sizes)
    elif chosen.verb == "optimizers":
        optimizers(open_vgg(), chosen.seeds, chosen.steps)
    elif chosen.verb == "avatars":
        avatars(chosen.folder)
    elif chosen.verb == "learned":
        learned(chosen.folder, chosen.run)
    else:
        picture(open_vgg(), chosen.folder)


def drawn(seed: int | str, size: int, transparent: bool = False) -> Image.Image:
    """A drawing of the illustrator."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.png")
        path.write_bytes(compose(seed).png(size, transparent=transparent))
        return Image.open(path).copy()


def waves(size: int, reach: int = 64) -> Image.Image:
    """Seigaiha, the waves of kimonos: rings that overlap from top to bottom."""
    made = Image.new("RGB", (size, size), "white")
    pen = ImageDraw.Draw(made)
    for row in range(2 * size // reach * 2 + 4):
        for column in range(size // reach + 2):
            x, y = reach * column + reach // 2 * (row % 2), reach // 4 * row
            for ring, colour in enumerate(("#1d3f72", "#f4efe0", "#2f6db3", "#f4efe0", "#7fb2dd", "#f4efe0")):
                radius = reach / 2 * (1 - ring / 6.4)
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return made


def costs(sizes: list[int]) -> None:
    """Time of a core and the most memory of the whole command with its defaults."""
    print("| pixels | steps | time of a core | most memory |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in sizes:
            drawn(SITTER, size).save(folder / "a.png")
            drawn(PAINTER, size).save(folder / "s.png")
            arguments = ["style", "a.png", "s.png", "o.png", "--size", size, "--threads", 1]
            had = run(*arguments, folder=folder)
            steps = total_steps(Image.new("RGB", (size, size)), Settings(size=size))
            print(f"| {size}x{size} | {steps} | {had.seconds:.0f} s | {had.megabytes:,.0f} MB |", flush=True)


def optimizers(network: Vgg, seeds: int, counts: list[int]) -> None:
    """The loss reached at 128 px, as a share of the loss of the content itself."""
    print("| steps | L-BFGS | Adam |\n| --- | --- | --- |")
    for steps in counts:
        cells = []
        for optimizer in ("lbfgs", "adam"):
            shares = []
            for seed in range(seeds):
                settings = Settings(size=128, steps=steps, optimizer=optimizer)
                made = paint(network, drawn(seed, 128), [drawn(seed + 100, 128)], settings)
                before, after = (
                    settings.content_weight * parts["content"]
                    + settings.style_weight * parts["style"]
                    + settings.tv_weight * parts["tv"]
                    for parts in (made.before, made.after)
                )
                shares.append(after / before)
            cells.append(f"{sum(shares) / len(shares):.3f}")
        print(f"| {steps} | {' | '.join(cells)} |", flush=True)


def picture(network: Vgg, folder: Path) -> None:
    """Content, style, and what comes of them."""
    size = 160
    content, other, kimono = drawn(SITTER, size), drawn(PAINTER, size), waves(size, size // 4)
    half = Image.new("L", (size, size))
    half.paste(255, (size // 2, 0, size, size))
    left = half.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    cut = drawn(SITTER, size, transparent=True)
    rows: list[list[tuple[Image.Image, str]]] = [
        [
            (content, "content"),
            (other, "style"),
            (paint(network, content, [other]).image, "painted"),
            (paint(network, content, [other], Settings(colours="content")).image, "--colours content"),
            (paint(network, content, [other], Settings(start="noise")).image, "--start noise"),
        ],
        [
            (kimono, "style"),
            (paint(network, content, [kimono]).image, "painted"),
            (paint(network, content, [kimono], Settings(colours="luminance")).image, "--colours luminance"),
            (paint(network, content, [other, kimono], Settings(), [left, half]).image, "two with masks"),
            (paint(network, cut, [kimono], Settings(colours="content")).image, "transparent"),
        ],
    ]
    stacked(rows).save(folder / "styling.webp", quality=90)


def avatars(folder: Path) -> None:
    """``generate --style-image``: a column for each way, at the bundled model's own size, and what an avatar costs."""
    shown, more = (6, 9, 12), 2  # seeds of avatars; how many beside the first are timed
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        waves(512).save(place / "waves.png")
        drawn(PAINTER, 256).save(place / "eve.png")
        ways: list[tuple[str, list[str]]] = [
            ("as made", []),
            ("waves", ["--style-image", "waves.png"]),
            ("luminance", ["--style-image", "waves.png", "--style-colours", "luminance"]),
            ("a drawing", ["--style-image", "eve.png"]),
            ("weight 20", ["--style-image", "eve.png", "--style-weight", "20"]),
        ]
        columns = []
        for words, flags in ways:
            column = []
            for seed in shown:
                run("generate", "-n", 1, "--seed", seed, "--threads", 1, "--out", "a", *flags, folder=place)
                with Image.open(place / "a" / "avatar-0000.png") as image:
                    column.append((image.copy(), words))
                    side = image.width
            columns.append(column)
        stacked([list(row) for row in zip(*columns, strict=True)]).save(folder / "painted-avatars.webp", quality=90)
        asked = ("generate", "--threads", 1, "--out", "b", "--style-image", "waves.png", "-n")
        one, all_of_them = (run(*asked, count, folder=place).seconds for count in (1, 1 + more))
        each = (all_of_them - one) / more
        print(f"an avatar of {side} px: {each:.1f} s of a core; the first {one:.1f} s")


def learned(folder: Path, trained: Path | None) -> None:
    """``train --recipe styled``: the same seeds before and after, how far both are from the style, and how long."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        waves(512).save(place / "waves.png")
        if trained is None:
            run("prepare", "chibi:200", "faces", "--size", 64, "--channels", 4, folder=place)
            words = (
                "--from",
                "chibi-tiny",
                "--recipe",
                "styled",
                "--set",
                "style.pictures=waves.png",
                "--out",
                "runs/waves",
            )
            cost = run("train", "faces", *words, "--threads", 1, folder=place)
            print(f"recipe styled: {cost.seconds / 60:.1f} min of a core, {cost.megabytes:,.0f} MB")
            trained = place / "runs" / "waves"
        recipe = load_recipe("styled", [f"style.pictures={place / 'waves.png'}"])
        style = open_style(recipe, torch.device("cpu"))
        assert style is not None
        rows = []
        for words, model in (("before", "chibi-tiny"), ("after", trained.resolve())):
            made = Model(model, "cpu", threads=1).generate(64, seed=6)
            pixels = torch.stack([torch.from_numpy(avatar.pixels.copy()) for avatar in made]).permute(0, 3, 1, 2) / 255
            premultiplied = torch.cat([pixels[:, :3] * pixels[:, 3:], pixels[:, 3:]], 1) * 2 - 1
            with torch.no_grad():
                far = float(style.distance(premultiplied, torch.full((64, 3, 1, 1), 0.5)))
            print(f"{words}: distance to the style {far:.2f}")
            rows.append([(avatar.image.resize((128, 128), Image.Resampling.NEAREST), words) for avatar in made[:5]])
        stacked(rows).save(folder / "styled-model.webp", quality=90)


def stacked(rows: list[list[tuple[Image.Image, str]]]) -> Image.Image:
    """Strips below each other."""
    strips = [strip(row) for row in rows]
    sheet = Image.new("RGB", (max(each.width for each in strips), sum(each.height for each in strips)), "white")
    top = 0
    for each in strips:
        sheet.paste(each, (0, top))
        top += each.height
    return sheet


if __name__ == "__main__":
    main()
