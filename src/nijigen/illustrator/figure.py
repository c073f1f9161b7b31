"""The order of painting: backdrop, hair behind, body, face, hair before, and what lies over it."""

from nijigen.illustrator.accessories import draw_accessory, draw_glasses
from nijigen.illustrator.backgrounds import draw_background
from nijigen.illustrator.curves import number
from nijigen.illustrator.face import draw_brows, draw_ears, draw_face
from nijigen.illustrator.hair_back import draw_back, draw_tails, under_hat
from nijigen.illustrator.hair_crowns import draw_quiff, draw_undercut
from nijigen.illustrator.hair_front import draw_ahoge, draw_fringe, draw_side_locks, fringe_of, fringe_shadow
from nijigen.illustrator.marks import draw_face_marks, draw_floating_marks
from nijigen.illustrator.outfits import draw_hood, draw_outfit
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject

CHIN = 206.0
BUST_CHIN = 204.0
BUST_HEAD = 0.96
FULL_SCALE = 0.665
FULL_TOP = 252.0

TALL = frozenset({"beret", "crown", "halo", "witch_hat", "cat_ears"})

# styles that are combed away from the forehead have a front of their own
COMBED = {"swept": draw_quiff, "undercut": draw_undercut}


def draw_figure(subject: Subject, transparent: bool) -> Scene:
    """The whole picture as a scene."""
    scene = Scene()
    if not transparent:
        draw_background(scene, subject)
    if subject.full:
        # feet at the bottom of the page, the same figure further away
        down = FULL_TOP - 368 * FULL_SCALE
        with scene.group(f"translate({number(128 - 128 * FULL_SCALE)} {number(down)}) scale({FULL_SCALE})"):
            _person(scene, subject)
    else:
        # a large head or a tall hat needs room above
        down = 55 * max(0.0, subject.amount("head_size") - 1) + (9 if subject.word("accessory") in TALL else 0)
        with scene.group(f"translate(0 {number(down)})"):
            _person(scene, subject)
    return scene


def _person(scene: Scene, subject: Subject) -> None:
    head = _head_place(subject)
    fringe = fringe_of(subject)
    combed = None if under_hat(subject) else COMBED.get(subject.word("hair_style"))
    with scene.group(head):
        draw_back(scene, subject)
    draw_hood(scene, subject)
    draw_outfit(scene, subject)
    with scene.group(head):
        draw_ears(scene, subject)
        draw_face(scene, subject, None if combed else fringe_shadow(fringe))
        draw_face_marks(scene, subject)
        draw_glasses(scene, subject)
        draw_side_locks(scene, subject)
        if combed is None and not under_hat(subject):
            draw_ahoge(scene, subject)
        if combed is not None:
            combed(scene, subject)
        else:
            draw_fringe(scene, subject, fringe)
        draw_tails(scene, subject)
        draw_brows(scene, subject)
        draw_accessory(scene, subject)
        draw_floating_marks(scene, subject)


def _head_place(subject: Subject) -> str:
    """Where the head, drawn with its chin at y = 206, goes: tilted about the neck, scaled from the chin."""
    size = BUST_HEAD * subject.amount("head_size")
    wide = size * subject.amount("face_width")
    tilt = number(subject.amount("tilt"))
    move = f"translate({number(128 - 128 * wide)} {number(BUST_CHIN - CHIN * size)})"
    return f"rotate({tilt} 128 {number(BUST_CHIN)}) {move} scale({round(wide, 4):g} {round(size, 4):g})"
