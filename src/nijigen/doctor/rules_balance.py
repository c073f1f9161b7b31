"""Rules about the balance of the players: a discriminator that learned by heart, is too strong, or too weak."""

import math

from nijigen.doctor.case import JUDGED, Case, Series
from nijigen.doctor.finding import Curve, Sign, Unknown, Verdict
from nijigen.doctor.rules_pictures import NEAREST

BY_HEART = 0.3  # share of the way from made to learned pictures that held-out ones lie behind
REMEMBERED = 0.75  # of the spread of logits: healthy runs were at 0.5
SEPARATED = 0.95  # of pairs of a real and a made picture, of which the real one gets the higher logit
FADED = 0.1  # what is left of the generator's slope, of the steepest or of the discriminator's: less, and it is gone
UNSEPARATED = 0.62
FOOLED = 0.4  # it takes made pictures for the real ones
SAME = 0.1  # of the distance of a real picture to its nearest other
LOST = 0.4  # a gap of pictures that nobody steers: few of them near to real ones are nearer
FAR = 0.12  # a gap at which anyone would see the difference; two halves of the real pictures differ by about 0.01


def overfitting(case: Case) -> Verdict:
    """The discriminator knows pictures it learned from better than real pictures that it never saw."""
    if not case.probed:
        return Unknown("no_probes")
    learned, kept, made = (case.probe(name) for name in ("d.real", "d.held_out", "d.fake"))
    if not len(case.probe("d.held_out", since=0)):
        return Unknown("none_held_out")
    if len(kept) < 3:
        return Unknown("too_early")
    spread = case.probe("d.spread").last()
    way, behind = learned.last() - made.last(), learned.last() - kept.last()
    share = behind / way if way > 0.25 * spread else 0.0  # one that tells nothing apart has learned nothing by heart
    # Two means of so many pictures differ by chance; what chance can do is no sign. And every discriminator remembers a
    # little: it counts once it is more than pictures differ among themselves.
    chance = spread * math.sqrt(2 / case.recipe.probe.pictures) / max(way, 1e-9) if way > 0 else 0.0
    apart = behind / max(spread, 1e-9)
    strength = _clip(min((share - chance / 2 - BY_HEART) / BY_HEART, (apart - REMEMBERED) / REMEMBERED))
    numbers: dict[str, float | str] = {
        "share": share,
        "real": learned.last(),
        "held_out": kept.last(),
        "fake": made.last(),
    }
    return Sign(strength, numbers, (Curve("d.real"), Curve("d.held_out"), Curve("d.fake")))


def too_strong(case: Case) -> Verdict:
    """The discriminator is never wrong, pictures are far from good, and what slope it gives them does not mend it."""
    if not case.probed:
        return _faded_gradient(case)
    # Several steps of it for each of the generator's are what makes it strong: it is not waited for those.
    since = case.begun
    if len(case.probe("d.right", since)) < JUDGED:
        return Unknown("too_early")
    right, gap = case.probe("d.right", since).last(), case.probe("gap", since)
    slope, nearest = case.probe("slope.loss", since), case.probe("diversity.nearest", since).last()
    steepest = max(case.probe("slope.loss", since=0).values, default=0.0)
    left = slope.last() / max(steepest, 1e-30)
    passed = slope.last() / max(case.probe("slope.fake", since).last(), 1e-30)
    separated = (right - SEPARATED) / 0.03
    far = (gap.last() - FAR) / FAR
    faded = max(math.log10(FADED / max(left, 1e-12)), math.log10(FADED / max(passed, 1e-12)), -0.5)
    strength = _clip(min(separated, far) - 2 * _closing(gap) + 0.5 * faded)
    if nearest < SAME and max(left, passed) > FADED:
        # The same few pictures again and again are easy to tell from real ones: with a slope left, that is the illness.
        strength = min(strength, -0.5)
    numbers: dict[str, float | str] = {"right": right, "left": left, "passed": passed, "gap": gap.last()}
    return Sign(strength, numbers, (Curve("d.right", limit=SEPARATED), Curve("slope.loss"), Curve("gap", limit=FAR)))


def _faded_gradient(case: Case) -> Verdict:
    """Without probes: the norm of the generator's gradient, where losses say that the discriminator has won."""
    gradient, loss = case.metric("gradient.generator"), case.metric("loss.discriminator")
    if len(gradient) < 10 or case.recipe.objective not in ("minimax", "non-saturating"):
        return Unknown("no_probes")
    left = gradient.last(5) / max(*gradient.values[: max(3, len(gradient) // 3)], 1e-30)
    strength = _clip(min(math.log10(0.02 / max(left, 1e-12)), math.log10(0.05 / max(loss.last(5), 1e-12))))
    numbers: dict[str, float | str] = {"left": left, "loss": loss.last(5)}
    curves = (Curve("gradient.generator", metric=True), Curve("loss.discriminator", metric=True))
    return Sign(strength, numbers, curves, "metrics")


def too_weak(case: Case) -> Verdict:
    """The discriminator cannot tell pictures apart that anyone could."""
    if not case.probed:
        return Unknown("no_probes")
    if not case.judged:
        return Unknown("too_early")
    right, gap = case.probe("d.right").last(), case.probe("gap").last()
    strength = _clip(min((UNSEPARATED - right) / 0.06, (gap - FAR) / FAR) - 2 * _closing(case.probe("gap")))
    if (right > FOOLED or gap < LOST) and case.probe("diversity.nearest").last() < NEAREST:
        # A few pictures are hard to tell from the real ones they are near to: that they are few is the illness.
        strength = min(strength, -0.5)
    numbers: dict[str, float | str] = {"right": right, "gap": gap}
    return Sign(strength, numbers, (Curve("d.right", limit=UNSEPARATED), Curve("gap", limit=FAR)))


def _closing(gap: Series) -> float:
    """Halvings of the gap since the middle of what was seen; 0 where it does not close."""
    smooth = gap.smooth().values
    if not smooth:
        return 0.0
    return max(0.0, math.log2(max(smooth[(len(smooth) - 1) // 2], 0.01) / max(smooth[-1], 0.01)))


def _clip(value: float) -> float:
    return max(-2.0, min(2.0, value))
