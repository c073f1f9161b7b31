"""The doctor's exam: illnesses provoked on purpose, and healthy runs, in small trainings at 16 px.

    python benchmarks/doctor.py tune        # trains the runs that rules are calibrated on, writes calibration.toml
    python benchmarks/doctor.py table       # trains the others, prints the confusion table of docs/doctor.md
    python benchmarks/doctor.py one --family dcgan --illness leak --seed 0
    python benchmarks/doctor.py show        # what is there so far, without training

Every (family, illness, seed) is a run of its own under ``--out``; interrupted and run again it goes on. Runs are
trained once and diagnosed anew each time, so that a changed rule costs no training. Tuning and publishing share neither
family nor seed. A run takes one core; ``--jobs`` of them go side by side.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from nijigen.doctor.case import Case
from nijigen.doctor.diagnosis import RULES
from nijigen.doctor.finding import ILLNESSES, Diagnosis, Sign
from nijigen.errors import NijigenError
from nijigen.files import write_json, write_text
from nijigen.training.examination import examine, open_case
from nijigen.training.recipe import Recipe, load_recipe, to_toml

HEALTHY = "healthy"
IMAGES, BATCH, PROBE_EVERY = 24_000, 16, 800
DRAWINGS, FEW = 4_000, 300
NARROW = ("network.width=16", "network.discriminator_width=16")
UNGROWN = ("growth.start=0", "growth.fade=0", "growth.stable=0", "growth.batch={}", "growth.rate={}")
# Family → recipe, and what makes it small. The first three are for tuning, the others for the table.
FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "dcgan": ("dcgan-laptop-32", NARROW),
    "wgan-gp": ("wgan-gp-laptop-32", NARROW),
    "sagan": ("sagan-laptop-32", ("network.attention=[8]",)),
    "stylegan2": ("stylegan2-laptop-32", ("network.channel_base=256", "network.max_width=64")),
    "pggan": ("pggan-laptop-32", UNGROWN),
    "stylegan": ("stylegan-laptop-32", UNGROWN),
}
LONGER = {"wgan-gp": 2}  # two critic steps for each of the generator's
TUNING, TESTING = ("dcgan", "wgan-gp", "sagan"), ("stylegan2", "pggan", "stylegan")
TUNING_SEEDS, TESTING_SEEDS = (0, 1), (20, 21)

Task = tuple[str, str, int]


def main() -> None:
    """One of the verbs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("tune", "table", "show", "one"):
        verb = verbs.add_parser(name)
        verb.add_argument("--out", type=Path, default=Path("runs/doctor"))
        verb.add_argument("--jobs", type=int, default=2)
        if name == "one":
            verb.add_argument("--family", choices=list(FAMILIES), required=True)
            verb.add_argument("--illness", choices=[HEALTHY, *ILLNESSES], required=True)
            verb.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    out: Path = arguments.out
    if arguments.verb == "one":
        task = (arguments.family, arguments.illness, arguments.seed)
        data(out)
        train(out, task)
        print(line(task, *examined(out, task)))
    elif arguments.verb == "tune":
        run_all(out, tasks(TUNING, TUNING_SEEDS), arguments.jobs)
        tune(out)
    elif arguments.verb == "table":
        run_all(out, tasks(TESTING, TESTING_SEEDS), arguments.jobs)
        print(table(out, tasks(TESTING, TESTING_SEEDS)))
    else:
        for split in (tasks(TUNING, TUNING_SEEDS), tasks(TESTING, TESTING_SEEDS)):
            print(table(out, split))


def tasks(families: tuple[str, ...], seeds: tuple[int, ...]) -> list[Task]:
    """The runs of a split: every illness once for each family, and healthy ones with every seed."""
    ill = [(family, illness, seeds[0]) for illness in ILLNESSES for family in families]
    return [(family, HEALTHY, seed) for seed in seeds for family in families] + ill


def recipe_of(task: Task) -> Recipe:
    """The recipe of a run: small, and with what makes it ill."""
    family, illness, seed = task
    name, small = FAMILIES[family]
    common = ("resolution=16", f"batch={BATCH}", f"images={IMAGES}", f"probe.every={PROBE_EVERY}", "optimizer.decay=0")
    quiet = (
        "metrics.quick=none",
        "output.metrics_every=400",
        f"output.samples_every={IMAGES}",
        f"output.checkpoint_every={IMAGES}",
    )
    recipe = load_recipe(name, [*small, *common, *quiet, "pictures.held_out=100", f"seed={seed}"])
    images = IMAGES * LONGER.get(family, 1)
    recipe = load_recipe(recipe, [f"output.samples_every={images}", f"output.checkpoint_every={images}"], images=images)
    for words in provocation(illness, recipe):
        try:
            recipe = load_recipe(recipe, words)
        except NijigenError:
            continue  # this family has no such thing
    return recipe


def provocation(illness: str, recipe: Recipe) -> Iterator[tuple[str, ...]]:
    """Changes that make ill, each for itself as far as the family can take it."""
    rate = recipe.optimizer.discriminator.rate
    unread = ("conditioning.classifier=0",)
    unbound = [("network.spectral=false",), ("penalty.gradient=0",), ("penalty.r1=0", "penalty.r2=0")]
    if illness == "divergence":
        yield from [("objective=least-squares",), unread, *unbound]
        yield ("optimizer.generator.rate=0.05", "optimizer.discriminator.rate=0.05")
    elif illness == "too_strong":
        yield from [("objective=minimax",), unread, *unbound]
        yield ("discriminator_steps=4", f"optimizer.discriminator.rate={4 * rate:.3g}")
    elif illness == "too_weak":
        yield from [unread, (f"optimizer.discriminator.rate={rate / 500:.3g}",)]
    elif illness == "labels_ignored":
        yield from [unread, ("conditioning.dropout=0.97",)]
    elif illness == "leak":
        yield ("augment.kind=ada", "augment.control=fixed", "augment.p=0.95")
    elif illness == "overfitting":
        yield from [unread, (f"images={2 * recipe.images}",), ("network.discriminator_width=64",)]
        yield ("network.discriminator_base=1024", "network.discriminator_max_width=128")
    elif illness == "collapse":  # hardly any noise to tell pictures by
        yield from [("labels=none",), ("network.latent=1",)]
    elif illness == "collapse_within":
        yield ("network.latent=1",)
    elif illness == "plateau":  # rates fall to nothing before it is done
        yield ("optimizer.decay=0.7", "optimizer.decay_to=0.0001")


def data(out: Path) -> None:
    """Our own drawings at 16 px: many, and few."""
    for name, count in (("many", DRAWINGS), ("few", FEW)):
        if not (out / name / "dataset.json").is_file():
            words = ["prepare", f"chibi:{count}", out / name, "--size", "16", "--seed", "0", "--quiet"]
            subprocess.run([sys.executable, "-m", "nijigen", *map(str, words)], check=True)


def train(out: Path, task: Task) -> None:
    """Train a run to its end, which may be that it stops by itself."""
    folder = out / "-".join(map(str, task))
    if (folder / "ended.json").is_file():
        return
    recipe = out / f"{folder.name}.toml"
    write_text(recipe, to_toml(recipe_of(task)))
    drawings = out / ("few" if task[1] == "overfitting" else "many")
    words = ["train", drawings, "--recipe", recipe, "--out", folder, "--threads", "1", "--device", "cpu", "--quiet"]
    done = subprocess.run([sys.executable, "-m", "nijigen", *map(str, words)], capture_output=True, text=True)
    if done.returncode and "diverged" not in done.stderr:
        print(f"{folder.name}: {done.stderr.strip()}", file=sys.stderr)
        return
    write_json(folder / "ended.json", {"code": done.returncode, "words": done.stderr.strip()})


def run_all(out: Path, wanted: list[Task], jobs: int) -> None:
    """Train what is missing."""
    data(out)
    with ThreadPoolExecutor(jobs) as pool:
        for task, _ in zip(wanted, pool.map(lambda task: train(out, task), wanted), strict=True):
            if (out / "-".join(map(str, task)) / "ended.json").is_file():
                print(line(task, *examined(out, task)), flush=True)


def examined(out: Path, task: Task) -> tuple[Case, Diagnosis]:
    """A run's rows, and what the doctor says of them now."""
    case = open_case(out / "-".join(map(str, task)))
    return case, examine(case)


def line(task: Task, case: Case, diagnosis: Diagnosis) -> str:
    """A run in a line."""
    found = ", ".join(f"{finding.illness} {finding.sure:.0%}" for finding in diagnosis.findings) or "nothing"
    return f"{task[0]:10} {task[1]:16} seed {task[2]:<3} {case.images:>7,} images: {found}"


def ended(out: Path, wanted: list[Task]) -> list[Task]:
    """Those runs that are there."""
    return [task for task in wanted if (out / "-".join(map(str, task)) / "ended.json").is_file()]


def tune(out: Path) -> None:
    """Fit how sure signs are to the runs for tuning, and write it where the doctor reads it."""
    pairs = []
    for task in ended(out, tasks(TUNING, TUNING_SEEDS)):
        case, _ = examined(out, task)
        for illness, rule in RULES.items():
            verdict = rule(case)
            # Of an ill run only its own illness and of a healthy one everything is known for certain: a collapsed
            # generator follows no labels either, and which of the two is said is decided later.
            if isinstance(verdict, Sign) and task[1] in (illness, HEALTHY):
                pairs.append((verdict.strength, task[1] == illness))
    slope = platt(pairs)
    print(f"{len(pairs)} signs, {sum(ill for _, ill in pairs)} of them of the illness: slope {slope:.3g}")
    path = Path(__file__).parents[1] / "src" / "nijigen" / "doctor" / "calibration.toml"
    head = [text for text in path.read_text(encoding="utf-8").splitlines() if text.startswith("#")]
    write_text(path, "\n".join([*head, f"slope = {slope:.3g}"]) + "\n")


def platt(pairs: list[tuple[float, bool]]) -> float:
    """Slope of a logistic curve through strengths (Platt 1999, with his smoothed targets); 0 is one half.

    Strengths are the same scale for all illnesses and one curve is fitted to all: a handful of runs each that part
    cleanly would make a step of any curve, or, smoothed, a slope that says how few they are.
    """
    strengths = np.array([strength for strength, _ in pairs], np.float64)
    ill = np.array([ill for _, ill in pairs], bool)
    targets = np.where(ill, (ill.sum() + 1) / (ill.sum() + 2), 1 / ((~ill).sum() + 2))
    slope = 4.0
    for _ in range(200):  # Newton, halved: the targets are never 0 or 1, so there is one optimum and it is near
        sure = 1 / (1 + np.exp(-np.clip(slope * strengths, -40, 40)))
        slope -= 0.5 * float(strengths @ (sure - targets) / (strengths**2 @ (sure * (1 - sure))))
    return slope


def table(out: Path, wanted: list[Task]) -> str:
    """Provoked illness by what was said, as Markdown; a run may have several findings."""
    there = ended(out, wanted)
    if not there:
        return "no runs yet"
    diagnoses = {task: examined(out, task)[1] for task in there}
    columns = [*ILLNESSES, "nothing"]
    rows = [f"| provoked | runs | {' | '.join(columns)} |", f"|---|{'---|' * (len(columns) + 1)}"]
    for illness in [HEALTHY, *ILLNESSES]:
        mine = [diagnoses[task] for task in there if task[1] == illness]
        said = [{finding.illness for finding in one.findings} or {"nothing"} for one in mine]
        counts = [sum(column in names for names in said) for column in columns]
        rows.append(f"| {illness} | {len(mine)} | {' | '.join(str(count or '') for count in counts)} |")
    ill = [task for task in there if task[1] != HEALTHY]
    found = [any(finding.illness == task[1] for finding in diagnoses[task].findings) for task in ill]
    first = [bool(one.findings) and one.findings[0].illness == task[1] for task in ill for one in [diagnoses[task]]]
    healthy = [task for task in there if task[1] == HEALTHY]
    alarms = sum(bool(diagnoses[task].findings) for task in healthy)
    squares = [
        (sure - (illness == task[1])) ** 2
        for task in there
        for illness, sure in diagnoses[task].sure.items()
        if task[1] in (illness, HEALTHY)
    ]
    facts = {
        "families": sorted({task[0] for task in there}),
        "found": f"{sum(found)} of {len(ill)}",
        "found first": f"{sum(first)} of {len(ill)}",
        "false alarms": f"{alarms} of {len(healthy)} healthy runs",
        "Brier score": round(float(np.mean(squares)), 4) if squares else None,
    }
    return "\n".join([*rows, "", json.dumps(facts)])


if __name__ == "__main__":
    main()
