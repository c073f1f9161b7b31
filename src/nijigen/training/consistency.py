"""What in a recipe contradicts what else, said with the fix: better before the first step than after a night."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nijigen.augment import groups_of
from nijigen.errors import did_you_mean
from nijigen.features.vgg_network import places
from nijigen.models.registry import Family, find_family
from nijigen.objectives.adversarial import OBJECTIVES
from nijigen.training.translating import painting_problem, translation_problem

if TYPE_CHECKING:
    from nijigen.training.recipe import Recipe


def contradiction(recipe: "Recipe") -> str | None:
    """The first contradiction in a recipe with what to change, or None where there is none."""
    family = find_family(recipe.family)
    for check in (
        translation_problem,
        painting_problem,
        _bounds,
        _objective,
        _augmentation,
        _burn_in,
        _labels,
        _growth,
        _lesson,
        _adapt,
        _style,
    ):
        if problem := check(recipe, family):
            return problem
    return None


def idle(recipe: "Recipe") -> list[str]:
    """What does nothing, and is no reason to stop: to leave a penalty out is one word, and it leaves this behind."""
    penalty, found = recipe.penalty, []
    usual = type(penalty).model_fields
    for key, of in (("every", ("r1", "r2", "gradient")), ("path_every", ("path_length",))):
        value = getattr(penalty, key)
        if value != usual[key].default and not any(getattr(penalty, name) for name in of):
            none = " and ".join(f"penalty.{name}=0" for name in of)
            found.append(f"penalty.{key}={value} does nothing with {none}")
    return found


def _bounds(recipe: "Recipe", family: Family) -> str | None:
    """What bounds the slope of a critic: once, and where the objective needs it."""
    objective, penalty = OBJECTIVES[recipe.objective], recipe.penalty
    over_batches = recipe.network.get("discriminator_norm") == "batch"
    if penalty.clip and penalty.gradient:
        return "penalty.clip and penalty.gradient bound the same slope twice: set one of them to 0"
    if recipe.network.get("spectral") and penalty.clip:
        return "penalty.clip and network.spectral bound the same weights twice: set penalty.clip=0"
    if family.bounded and penalty.clip:
        return (
            f"penalty.clip and the spectral normalisation that every {family.name} has bound the same weights twice: "
            "set penalty.clip=0"
        )
    bounded = penalty.clip or penalty.gradient or recipe.network.get("spectral") or family.bounded
    if objective.needs_bound and not bounded and not (penalty.r1 and not over_batches):
        ways = ["penalty.clip=0.01"]
        if not over_batches:
            ways.insert(0, "penalty.gradient=10")
        elif penalty.r1:  # which bounds the slope for single pictures alone
            ways.insert(0, "network.discriminator_norm=none")
        if "spectral" in recipe.network:
            ways.append("network.spectral=true")
        over = ", and penalty.r1 gives none over batch normalisation" if penalty.r1 else ""
        return f"objective={recipe.objective} needs a critic of bounded slope{over}: set {' or '.join(ways)}"
    if penalty.gradient and over_batches:
        return (
            "penalty.gradient asks about single pictures, and batch normalisation ties those of a batch together: "
            "set network.discriminator_norm=none"
        )
    return None


def _objective(recipe: "Recipe", family: Family) -> str | None:
    objective = OBJECTIVES[recipe.objective]
    if recipe.softening.labels and not objective.smoothable:
        fit = ", ".join(name for name, other in OBJECTIVES.items() if other.smoothable)
        return f"softening.labels has no meaning with objective={recipe.objective}: use one of {fit}, or 0"
    if recipe.softening.noise_images and not recipe.softening.noise:
        return "softening.noise_images says how fast noise falls, and softening.noise is 0: set softening.noise=0.1"
    if recipe.mixing and not family.layered:
        return f"mixing crosses latents by layer, and family {family.name} has no layers: set mixing=0"
    return None


def _augmentation(recipe: "Recipe", family: Family) -> str | None:
    augment = recipe.augment
    if augment.kind == "none":
        for key in ("p", "groups", "control", "images", "target"):
            if getattr(augment, key) != type(augment).model_fields[key].default:
                fix = "set augment={} (all of the table), or augment.kind=ada or diffaugment"
                return f"augment.{key} does nothing with augment.kind=none: {fix}"
        return None
    known = groups_of(augment.kind)
    for group in augment.groups:
        if group not in known:
            return f"augment.groups={group!r} is not known for {augment.kind}: use some of {', '.join(known)}"
    if augment.control == "adaptive" and not OBJECTIVES[recipe.objective].adaptive:
        return (
            f"augment.control=adaptive looks at the sign of D(real), which means nothing with "
            f"objective={recipe.objective}: set augment.control=scheduled and augment.p=0.3"
        )
    if augment.control != "adaptive" and not augment.p:
        return f"augment.control={augment.control} with augment.p=0 does nothing: set augment.p=0.3"
    return None


def _burn_in(recipe: "Recipe", family: Family) -> str | None:
    burn_in = recipe.burn_in
    for key in ("rate", "beta2", "penalty"):
        if not burn_in.images and getattr(burn_in, key) != type(burn_in).model_fields[key].default:
            fix = f"set burn_in={{}} (all of the table), or burn_in.images={max(1, recipe.images // 10)}"
            return f"burn_in.{key} does nothing with burn_in.images=0: {fix}"
    return None


def _labels(recipe: "Recipe", family: Family) -> str | None:
    twice = set(recipe.pictures.balance) & set(recipe.softening.class_weights)
    if twice:
        return f"pictures.balance and softening.class_weights both even out {min(twice)}: leave it in one of them"
    if recipe.labels != "none":
        return None
    for key, value in {
        "conditioning.dropout": recipe.conditioning.dropout,
        "conditioning.ramp": recipe.conditioning.ramp,
    }.items():
        if value:
            return f"{key} is about labels, and labels=none leaves them out: set it to 0, or labels=auto"
    return None


def _lesson(recipe: "Recipe", family: Family) -> str | None:
    if not recipe.lesson.weight:
        if recipe.lesson.alone:  # what else a lesson has harms nobody where none is given
            return "lesson.alone does nothing with lesson.weight=0: set lesson.alone=0, or lesson.weight=10"
        return None
    for key, value in {"pictures.flip": recipe.pictures.flip, "pictures.crop": recipe.pictures.crop}.items():
        if value:
            fix = "false" if value is True else 0
            return f"{key} changes the pictures that a lesson asks for: set {key}={fix}, or lesson.weight=0"
    if recipe.mixing:
        return "mixing makes pictures of two drawings, and a lesson asks for one: set mixing=0, or lesson.weight=0"
    return None


def _adapt(recipe: "Recipe", family: Family) -> str | None:
    adapt = recipe.adapt
    if adapt.judge == "own":
        for key in ("anchors", "first"):
            if getattr(adapt, key):
                return f"adapt.{key} needs a judge of patches and wholes: set adapt.judge=labeler, or adapt.{key}=0"
    if adapt.consistency and recipe.compile:
        return "adapt.consistency looks into layers, and compiled networks hide theirs: set compile=false"
    if adapt.consistency and recipe.growth.start:
        return "adapt.consistency compares with a model that is full-grown: set growth={} (all of the table)"
    if adapt.judge == "own":
        return None
    if recipe.labels == "none":
        return "adapt.judge=labeler keeps the words of the model, and labels=none leaves them out: set labels=auto"
    for key, value, off in (
        ("lesson.weight", recipe.lesson.weight, "0"),
        ("conditioning.classifier", recipe.conditioning.classifier, "0"),
        ("metrics.quick", recipe.metrics.quick != "none", "none"),
        ("pictures.stream", recipe.pictures.stream == "always", "auto"),
    ):
        if value:
            return f"{key} is about labels or shards, and adapt.judge=labeler uses neither: set {key}={off}"
    return None


def _style(recipe: "Recipe", family: Family) -> str | None:
    style = recipe.style
    if not style.weight:
        for key in ("pictures", "layers", "grey"):  # how often and how large harm nobody
            if getattr(style, key):
                fix = "set style={} (all of the table), or style.weight=1"
                return f"style.{key} does nothing with style.weight=0: {fix}"
        return None
    for name in style.layers:
        if name not in (known := places()):
            return (
                f"style.layers={name!r} is no layer of VGG19{did_you_mean(name, known)}: use some of {', '.join(known)}"
            )
    return None


def _growth(recipe: "Recipe", family: Family) -> str | None:
    growth = recipe.growth
    if not family.growing:
        extra = next((key for key in ("start", "fade", "stable", "batch", "rate") if getattr(growth, key)), None)
        return f"family {family.name} does not grow, and growth.{extra} is set: set growth={{}}" if extra else None
    if not growth.start:
        extra = next((key for key in ("fade", "stable", "batch", "rate") if getattr(growth, key)), None)
        fix = "set growth={} (all of the table), or growth.start=8"
        return f"growth.{extra} does nothing with growth.start=0: {fix}" if extra else None
    sizes = [recipe.resolution >> step for step in range(recipe.resolution.bit_length())]
    allowed = [size for size in sizes if size >= 4]
    if growth.start not in allowed:
        return f"growth.start={growth.start} does not double up to resolution={recipe.resolution}: use one of {allowed}"
    if growth.start < recipe.resolution and not growth.stable:
        return "growth.stable=0 leaves no time at any resolution: set growth.stable=20000"
    worked = [size for size in allowed if size >= growth.start]
    tables: dict[str, Mapping[str, float]] = {"batch": growth.batch, "rate": growth.rate}
    for key, table in tables.items():
        for size, value in table.items():
            if size not in map(str, worked):
                fix = f"use some of {worked}, or leave all out by growth.{key}={{}}"
                return f"growth.{key}.{size} is no resolution of this run: {fix}"
            if value <= 0 or (key == "batch" and value < 2):
                return f"growth.{key}.{size}={value} is too small: use {'2 or more' if key == 'batch' else 'above 0'}"
    for size, batch in growth.batch.items():
        if recipe.micro_batch and batch > recipe.micro_batch and batch % recipe.micro_batch:
            return f"growth.batch.{size}={batch} is no whole number of micro_batch={recipe.micro_batch}: use a multiple"
    return None
