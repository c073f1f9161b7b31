"""The order of painting: backdrop, hair behind, body, face, hair before, and what lies over it."""

from nijigen.illustrator.accessories import draw_accessory, draw_steady_halo
from nijigen.illustrator.backgrounds import draw_background
from nijigen.illustrator.face import draw_brows, draw_ears, draw_face
from nijigen.illustrator.framing import figure_place, head_place
from nijigen.illustrator.glasses import draw_glasses
from nijigen.illustrator.hair_back import draw_back, draw_tails, under_hat
from nijigen.illustrator.hair_front import draw_ahoge, draw_fringe, draw_side_locks, fringe_of, fringe_shadow
from nijigen.illustrator.hair_swept import draw_swept, draw_undercut, swept_front, undercut_front
from nijigen.illustrator.marks import draw_face_marks, draw_floating_marks, draw_steady_marks
from nijigen.illustrator.outfits import draw_hood, draw_outfit
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject

# shoulders carry the head: broader in a bust than the whole figure's
BUST_BODY = "translate(-17.92 1) scale(1.14 1)"

# styles that are combed to one side have a front of their own
COMBED = {"swept": (draw_swept, swept_front), "undercut": (draw_undercut, undercut_front)}


def draw_figure(subject: Subject, transparent: bool) -> Scene:
    """The whole picture as a scene."""
    scene = Scene()
    if not transparent:
        draw_background(scene, subject)
    with scene.group(figure_place(subject)):
        _person(scene, subject)
    draw_steady_halo(scene, subject)
    draw_steady_marks(scene, subject)
    return scene


def _person(scene: Scene, subject: Subject) -> None:
    head = head_place(subject)
    fringe = fringe_of(subject)
    combed = None if under_hat(subject) else COMBED.get(subject.word("hair_style"))
    with scene.group(head):
        draw_back(scene, subject)
    with scene.group("scale(1)" if subject.full else BUST_BODY):
        draw_hood(scene, subject)
        draw_outfit(scene, subject)
    with scene.group(head):
        draw_ears(scene, subject)
        draw_face(scene, subject, combed[1](subject).moved(0, 8) if combed else fringe_shadow(fringe))
        draw_brows(scene, subject, 0.95)
        draw_face_marks(scene, subject)
        draw_glasses(scene, subject)
        draw_side_locks(scene, subject)
        if combed is None and not under_hat(subject):
            draw_ahoge(scene, subject)
        if combed is not None:
            combed[0](scene, subject)
        else:
            draw_fringe(scene, subject, fringe)
        if not subject.traits.calm:
            draw_brows(scene, subject, 0.4)
        elif combed is None:  # plainly or not at all: what crosses a swept front looks like a stain
            draw_brows(scene, subject, 0.95)
        draw_tails(scene, subject)
        draw_accessory(scene, subject)
        draw_floating_marks(scene, subject)
