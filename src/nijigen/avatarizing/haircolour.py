"""Which word a colour of hair has: natural ones are told by darkness, greyness, redness and lightness, in this order.

Each question has a soft limit, so that a colour near it is both words by half and the reading is unsure.
"""

import math

from nijigen.avatarizing.reading import logistic

# (limit, softness) in CIELAB, hues in degrees; chosen on the tuning half among a few sets (docs/avatarize.md).
BLACK = (18.0, 4.0)  # lightness and chroma together: black hair shines
GREY = (7.0, 2.0)  # chroma below which hair that is not black is grey or white
RED_HUE, RED_CHROMA = (52.0, 4.0), (18.0, 4.0)
ORANGE = (40.0, 5.0)  # lightness from which red hair is ginger
BLONDE = (40.0, 5.0)  # lightness from which warm hair is blonde
NATURAL = (-5.0, 115.0)  # hues that hair has by itself
COLOURED = 12.0  # chroma from which another hue is dye, or a background
UNNATURAL = 0.3


def colour_shares(lightness: float, red: float, yellow: float) -> dict[str, float]:
    """How probable each word is for a colour in CIELAB; together at most 1, far less for hues that no hair has."""
    chroma, hue = math.hypot(red, yellow), math.degrees(math.atan2(yellow, red))
    black = _below(lightness + chroma, BLACK)
    grey = (1 - black) * _below(chroma, GREY)
    coloured = (1 - black) * (1 - _below(chroma, GREY))
    reddish = coloured * _below(hue, RED_HUE) * (1 - _below(chroma, RED_CHROMA))
    plain = coloured - reddish
    pale, ginger = 1 - _below(lightness, BLONDE), 1 - _below(lightness, ORANGE)
    shares = {
        "black": black,
        "brown": plain * (1 - pale),
        "blonde": plain * pale,
        "orange": reddish * ginger,
        "red": reddish * (1 - ginger),
        "silver": grey,
    }
    natural = chroma <= COLOURED or NATURAL[0] < hue < NATURAL[1]
    return shares if natural else {word: share * UNNATURAL for word, share in shares.items()}


def _below(value: float, limit: tuple[float, float]) -> float:
    return logistic((limit[0] - value) / limit[1])
