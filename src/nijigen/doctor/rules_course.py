"""Rules about the course of a run: divergence, a plateau, and augmentation that leaks into the pictures."""

import math
from statistics import median

from nijigen.doctor.case import Case, Series
from nijigen.doctor.finding import Curve, Sign, Unknown, Verdict
from nijigen.doctor.rules_balance import FAR, FOOLED

EXPLODED = 2.0  # decades above the run's own median
LOST = 0.25  # how far the gap may rise above the best so far
ONCE = 0.5  # a gap at which pictures have something that they can lose again
LEAKED = 0.35  # share of the way from real to augmented pictures
NOTHING = 1e-6
EXPLAINED = 0.4  # of what differs between the means of made and real pictures, that lies on this way
STILL = 0.5  # share of the run in which nothing has become better
FLOOR = 0.05  # a gap where there is little left to win
BETTER = 0.9  # of the gap before: less than that is chance


def divergence(case: Case) -> Verdict:
    """Numbers that run away, or pictures that were better and fall apart."""
    stopped = case.text("diverged")
    if stopped:
        return Sign(3.0, {"words": stopped}, (Curve("gradient.generator", metric=True),), "stopped")
    found: list[Sign] = []
    for name in ("gradient.generator", "gradient.discriminator", "gradient.painting", "real", "fake"):
        series = case.metric(name)
        if len(series) >= 12:
            usual = median(abs(value) for value in series.values[2:])
            now = median(abs(value) for value in series.values[-3:])
            rise = math.log10(max(now, 1e-12) / max(usual, 1e-2))
            numbers: dict[str, float | str] = {"name": name, "rise": 10**rise, "now": now}
            found.append(Sign(_clip(rise - EXPLODED + 0.5), numbers, (Curve(name, metric=True),), "exploded"))
    if case.judged and not (case.translates or case.paints):
        found += [_fallen_apart(case), _dead(case)]
    if not found:
        return Unknown("too_early")
    return max(found, key=lambda sign: sign.strength)


def _fallen_apart(case: Case) -> Sign:
    gap, cut, detail = case.probe("gap"), case.probe("saturated").last(), case.probe("detail").last()
    best, now = min(gap.smooth().values, default=gap.last()), gap.last()
    worse = (now - best - LOST) / LOST
    # Pictures that all became one are a collapse; those that fall apart are noise, or hard black and white.
    # Smooth blobs are what is left of pictures, or what never became any.
    smooth = _doublings(0.25 / max(detail, 1e-3)) if best < ONCE else -2.0
    broken = max((cut - 0.3) / 0.2, _doublings(detail / 2), smooth)
    alike = case.probe("diversity").last() < 0.5
    strength = max(min(worse, broken if alike else broken + 0.9), min(broken, (now - FAR) / FAR))
    if case.probe("d.right").last(len(case.probes)) < FOOLED:
        strength -= 4.0  # nobody holds the generator back: it is the discriminator that is ill
    leaked = leak(case)
    if isinstance(leaked, Sign) and leaked.strength > LEAKED:
        strength -= 4.0  # pictures are what augmentation makes of them
    numbers: dict[str, float | str] = {"gap": now, "best": best, "cut": cut, "detail": detail}
    return Sign(_clip(strength), numbers, (Curve("gap", limit=best + LOST), Curve("detail", limit=2.0)))


def _dead(case: Case) -> Sign:
    """A discriminator that says the same of everything: its units died when its weights ran away."""
    slope, spread = case.probe("slope.fake").last(), case.probe("d.spread").last()
    strength = 2.0 if slope < NOTHING and spread < NOTHING else -2.0
    numbers: dict[str, float | str] = {"says": case.probe("d.real").last()}
    return Sign(strength, numbers, (Curve("d.real"), Curve("d.fake"), Curve("slope.fake")), "dead")


def plateau(case: Case) -> Verdict:
    """Pictures are not good, and half of the run has not made them better."""
    if not case.probed:
        return Unknown("no_probes")
    gap = case.probe("gap").smooth()
    if len(gap) < 6:
        return Unknown("too_early")
    now = min(gap.values[-2:])
    since = _last_better(gap)
    still = (case.images - since) / max(case.images, 1)
    strength = _clip(min((still - STILL) / 0.2, _doublings(now / FLOOR)))
    numbers: dict[str, float | str] = {"gap": now, "since": since, "still": still}
    return Sign(strength, numbers, (Curve("gap", limit=FLOOR),))


def _last_better(gap: Series) -> int:
    """The images at which the gap last became clearly smaller than ever before."""
    best, since = gap.values[0], gap.images[0]
    for images, value in zip(gap.images, gap.values, strict=True):
        if value < BETTER * best:
            best, since = value, images
    return since


def leak(case: Case) -> Verdict:
    """Made pictures look as augmented ones do."""
    if case.recipe.augment.kind == "none":
        return Unknown("no_augmentation")
    if not case.probed:
        return Unknown("no_probes")
    found, spread, strengths = (case.probe(name) for name in ("leak", "leak.spread", "augment.p"))
    if not len(strengths) and case.judged:
        return Unknown("no_strength")
    if len(found) < 3:
        return Unknown("too_early")
    share, chance = found.last(), spread.last()
    explained = case.probe("leak.explained").last()
    # Pictures that are wrong in every way went some of the way as well: it must be what is wrong with them.
    strength = _clip(min((share - 2 * chance - LEAKED) / 0.2, (explained - EXPLAINED) / 0.15))
    numbers: dict[str, float | str] = {"share": share, "spread": chance, "p": strengths.last(), "explained": explained}
    return Sign(strength, numbers, (Curve("leak", limit=LEAKED), Curve("leak.explained"), Curve("augment.p")))


def _doublings(ratio: float) -> float:
    return math.log2(max(ratio, 1e-6))


def _clip(value: float) -> float:
    return max(-2.0, min(2.0, value))
