"""The colour of a face: one gradient, so that lids and face match wherever they meet."""

from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject


def skin_fill(scene: Scene, subject: Subject) -> str:
    """Lit from the middle in soft styles, flat in the others."""
    skin = subject.skin
    if not subject.style.soft:
        return skin.base
    stops = [(0, blend(skin.base, skin.light, 0.6)), (0.6, skin.base), (1, blend(skin.base, skin.shade, 0.45))]
    return scene.radial((128, 140), 92, stops)
