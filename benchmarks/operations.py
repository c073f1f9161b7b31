"""Where a training step spends its time, by kind of operation.

    python benchmarks/operations.py dcgan-laptop-32 stylegan2-laptop-32 --threads 1

Every phase has the same number of turns here, but for those that come seldom, which are left out. Shares hardly depend
on how busy the machine is.
"""

import argparse
from collections import Counter

from torch.profiler import ProfilerActivity, profile

from nijigen.machine import choose_device, prepare_machine
from nijigen.training.bench import _trainer
from nijigen.training.recipe import load_recipe
from nijigen.training.schedule import moment

LABELS, TURNS = 100, 6
KINDS = {
    "convolutions": ("convolution", "conv_transpose"),
    "attention": ("attention", "_Attend"),
    "dense products": ("::mm", "addmm", "bmm", "addmv", "::mv", "::dot"),
    "normalisation": ("norm",),
    "resampling": ("_Filter", "upsample", "interpolate", "avg_pool", "constant_pad", "_Mixed"),
    "optimiser": ("Adam", "adam", "lerp"),
    "activations": ("leaky_relu", "Relu", "relu", "clamp_min", "threshold", "tanh"),
    "copies": ("copy_", "contiguous", "clone", "cat", "_to_copy"),
}


def main() -> None:
    """A table of shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    device = choose_device("cpu")
    prepare_machine(arguments.threads, device)
    names = [*KINDS, "the rest"]
    print("| recipe | " + " | ".join(names) + " |\n|" + "---|" * (len(names) + 1))
    for name in arguments.recipes:
        found = shares(name, device)
        print(f"| {name} | " + " | ".join(f"{found[kind]:.0%}" for kind in names) + " |", flush=True)


def shares(name: str, device: object) -> dict[str, float]:
    """The share of each kind."""
    trainer = _trainer(load_recipe(name), LABELS, device)  # type: ignore[arg-type]
    now = moment(trainer.recipe, trainer.recipe.images)
    trainer.prepare(now)
    phases = [phase for phase in trainer.phases if phase.every <= trainer.recipe.discriminator_steps]
    for phase in 2 * phases:
        trainer.run(phase, now)
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        for phase in TURNS * phases:
            trainer.run(phase, now)
    spent: Counter[str] = Counter()
    for row in recorded.key_averages():
        kind = next((kind for kind, words in KINDS.items() if any(word in row.key for word in words)), "the rest")
        spent[kind] += row.self_cpu_time_total
    whole = sum(spent.values())
    return {kind: spent[kind] / whole for kind in [*KINDS, "the rest"]}


if __name__ == "__main__":
    main()
