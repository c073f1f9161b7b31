"""Glasses: as large as the eyes behind them ask for, on the face and under the fringe."""

from nijigen.illustrator.curves import join, outline, oval, sliver
from nijigen.illustrator.eyes import eyes_of
from nijigen.illustrator.eyes_simple import bead_eyes_of, round_eyes_of
from nijigen.illustrator.palette import distance
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject

FRAMES = ("#4a3a58", "#a03a55", "#3a5aa0", "#8a5a2a", "#c9507a")
LIGHT_FRAMES = ("#e8c35a", "#e06a85", "#6f9ae8", "#f2ece4", "#e88fb4")


def draw_glasses(scene: Scene, subject: Subject) -> None:
    """Frames that surround the eyes wherever those sit."""
    if subject.word("accessory") != "glasses":
        return
    eye = {"round": round_eyes_of, "bead": bead_eyes_of}.get(subject.style.eye, eyes_of)(subject)[1]
    apart, y = eye.x - 128, eye.y + 2
    rx = min(eye.half_width + 9.5, apart - 4)
    ry = eye.half_height + 5.5
    frames = LIGHT_FRAMES if subject.dark_skin else FRAMES
    x, colour, width = 128 - apart, subject.traits.pick("frame", frames), 3.6
    if subject.traits.calm:  # round, the eyes within, and seen on any skin
        colour, width = max(frames, key=lambda one: distance(one, subject.skin.base)), 5.2
        y, ry = eye.y + 1, min(eye.half_height + 8.5, rx * 1.2)
        lens = oval(x, y, rx, ry)
    elif subject.traits.flag("frame_round", 0.55):
        ry = min(ry, rx * 1.02)
        lens = oval(x, y, rx, ry)
    else:
        lens = outline([
            (x - rx, y - ry * 0.3), (x - rx * 0.72, y - ry * 0.92), (x, y - ry), (x + rx * 0.76, y - ry * 0.9),
            (x + rx, y - ry * 0.3), (x + rx * 0.8, y + ry * 0.66), (x, y + ry * 0.98), (x - rx * 0.82, y + ry * 0.7),
        ])  # fmt: skip
    if not subject.traits.calm:  # a tint is a stain at 128 px
        scene.both(lens, "#ffffff", opacity=0.1)
    scene.both(lens, None, colour, width)
    inner = apart - rx
    bridge = outline([(128 - inner, y - 4), (128, y - 8), (128 + inner, y - 4)], closed=False)
    arm = outline([(x - rx, y - 6), (54, y - 10)], closed=False)
    scene.path(bridge + arm + arm.mirrored(), None, colour, width)
    if subject.fine:
        glints = [
            sliver((mid - rx * 0.72, y - 2), (mid - rx * 0.66, y - ry * 0.5), (mid - rx * 0.3, y - ry * 0.74), 4.0)
            for mid in (x, 256 - x)
        ]
        scene.path(join(glints), "#ffffff", opacity=0.7)
