"""Rules about the made pictures: mode collapse, whole and within labels, and labels that nothing follows."""

import math

from nijigen.doctor.case import Case, Series
from nijigen.doctor.finding import Curve, Sign, Unknown, Verdict

# Of what real pictures have. Healthy small runs stayed above these once they had begun to draw (docs/doctor.md).
DIVERSITY, NEAREST = 0.5, 0.3
KEPT = 0.65  # of the diversity a run once had: less than that is a fall
UNDER_ONE_LABEL, WITHIN_A_VALUE = 0.2, 0.45
FOLLOWED = 0.35
HARDLY = 0.02  # what is as good as nothing, so that logarithms stay finite


def collapse(case: Case) -> Verdict:
    """Few pictures come again and again: they lie closer together than real ones, and are not on their way apart."""
    if not case.probed:
        return Unknown("no_probes")
    if not case.judged:
        return Unknown("too_early")
    diversity, nearest = case.probe("diversity"), case.probe("diversity.nearest")
    now, near = diversity.last(), nearest.last()
    low = max(_below(now, DIVERSITY), _below(near, NEAREST))
    # A young generator makes nearly one picture too, and grows out of it; a collapsed one had more, or stays there.
    most = max(diversity.smooth().values, default=now)
    if most > DIVERSITY:
        low = max(low, _below(now, KEPT * min(1.0, most)))
    strength = low - 1.5 * max(0.0, _rising(diversity))
    numbers: dict[str, float | str] = {"diversity": now, "nearest": near, "most": most}
    return Sign(strength, numbers, (Curve("diversity", limit=DIVERSITY), Curve("diversity.nearest", limit=NEAREST)))


def collapse_within(case: Case) -> Verdict:
    """Labels alone decide the picture: other noise under the same labels makes nearly the same one."""
    if not case.probed:
        return Unknown("no_probes")
    label, value = case.probe("diversity.label"), case.probe("diversity.value")
    if not len(label):
        return Unknown("no_labels" if "change.noise" not in _keys(case) else "too_early")
    if not case.judged:
        return Unknown("too_early")
    under, within = label.last(), value.last() if len(value) else 1.0
    low = max(_below(under, UNDER_ONE_LABEL), _below(within, WITHIN_A_VALUE))
    strength = low - 1.5 * max(0.0, _rising(label))
    words: dict[str, float | str] = {"under": under, "within": within, "value": case.text("diversity.value.of")}
    curves = [Curve("diversity.label", limit=UNDER_ONE_LABEL)]
    curves += [Curve("diversity.value", limit=WITHIN_A_VALUE)] if len(value) else []
    return Sign(strength, words, tuple(curves))


def labels_ignored(case: Case) -> Verdict:
    """What labels do to real pictures they do not do to made ones."""
    if not case.probed:
        return _read_wrong(case)
    if "change.noise" not in _keys(case):
        return Unknown("no_labels")
    if not case.judged:
        return Unknown("too_early")
    followed = case.probe("labels.followed")
    if len(followed) < 3:
        return Unknown("labels_unseen")
    now = followed.last()
    by_label, by_noise = case.probe("change.label").last(), case.probe("change.noise").last()
    strength = _below(now, FOLLOWED) - 1.5 * max(0.0, _rising(followed))
    numbers: dict[str, float | str] = {"followed": now, "by_label": by_label, "by_noise": by_noise}
    curves = (Curve("labels.followed", limit=FOLLOWED), Curve("change.label"), Curve("change.noise"))
    return Sign(strength, numbers, curves)


def _read_wrong(case: Case) -> Verdict:
    """Without probes: the auxiliary classifier's reading, where there is one."""
    made, real = case.metric("labels.made"), case.metric("labels.real")
    if len(made) < 10:
        return Unknown("no_probes")
    chance, now, can = made.values[0], made.last(5), real.last(5)
    if can - chance < 0.1:
        return Unknown("labels_unseen")
    followed = (now - chance) / (can - chance)
    strength = _below(max(followed, HARDLY), FOLLOWED) - 1.5 * max(0.0, _rising(made))
    numbers: dict[str, float | str] = {"made": now, "real": can, "chance": chance}
    return Sign(strength, numbers, (Curve("labels.made", metric=True), Curve("labels.real", metric=True)), "read")


def _below(value: float, limit: float) -> float:
    """How far below a limit, in doublings: 0 at it, 1 at half of it; at most 2 either way."""
    if math.isnan(value):
        return -2.0
    return max(-2.0, min(2.0, math.log2(limit / max(value, HARDLY))))


def _rising(series: Series) -> float:
    """Doublings from the middle of what was seen to its end; 0 for few rows."""
    smooth = series.smooth()
    if len(smooth) < 2:
        return 0.0
    before, now = smooth.values[len(smooth) // 2 - (len(smooth) == 2)], smooth.values[-1]
    return math.log2(max(now, HARDLY) / max(before, HARDLY))


def _keys(case: Case) -> set[str]:
    return {key for row in case.probes for key in row}
