"""What can be asked for: the attributes of the illustrator, and how often each value is drawn."""

from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema(
    [
        Attribute("art_style", ("anime", "cartoon", "pastel", "retro")),
        Attribute("gender", ("girl", "boy")),
        Attribute(
            "hair_style",
            (
                "short", "bob", "spiky", "swept", "undercut", "curly", "wavy", "long", "hime",
                "twintails", "ponytail", "side_ponytail", "buns", "braids",
            ),
        ),
        Attribute(
            "hair_color",
            ("black", "brown", "blonde", "orange", "red", "pink", "purple", "blue", "aqua", "green", "silver"),
        ),
        Attribute("eye_color", ("blue", "green", "amber", "brown", "violet", "red", "pink", "teal")),
        Attribute(
            "expression",
            (
                "neutral", "smile", "excited", "happy", "laugh", "wink", "surprised",
                "sad", "angry", "sleepy", "cat", "shy", "pout", "smug",
            ),
        ),
        Attribute("skin_tone", ("porcelain", "light", "tan", "brown", "dark")),
        Attribute(
            "accessory",
            (
                "none", "glasses", "ribbon", "cat_ears", "flower", "headphones",
                "beret", "star_clip", "crown", "witch_hat", "halo",
            ),
        ),
        Attribute("outfit", ("sailor", "hoodie", "blazer", "kimono", "dress", "t_shirt", "overalls", "sweater")),
        Attribute(
            "background",
            ("plain", "gradient", "dots", "stripes", "rays", "hearts", "stars", "clouds", "sakura"),
        ),
        Attribute("framing", ("bust", "full")),
        Attribute("head_size", range=(0.85, 1.15)),
        Attribute("eye_size", range=(0.8, 1.2)),
        Attribute("face_width", range=(0.9, 1.1)),
        Attribute("tilt", range=(-12.0, 12.0)),
        Attribute("fringe_length", range=(0.6, 1.4)),
        Attribute("blush", range=(0.0, 1.0)),
    ]
)  # fmt: skip

# Every style suits everyone; these weights only say how often chance picks it for whom (1 where not named).
HAIR_STYLE_WEIGHTS = {
    "girl": {"short": 0.7, "spiky": 0.4, "swept": 0.5, "undercut": 0.4},
    "boy": {
        "short": 1.6, "spiky": 1.6, "swept": 1.6, "undercut": 1.6, "curly": 1.2,
        "bob": 0.6, "hime": 0.35, "twintails": 0.25, "side_ponytail": 0.35, "buns": 0.3, "braids": 0.35,
    },
}  # fmt: skip

ART_STYLE_WEIGHTS = {"anime": 1.3}

ACCESSORY_WEIGHTS = {"boy": {"ribbon": 0.35, "flower": 0.45, "star_clip": 0.7, "glasses": 1.4, "headphones": 1.4}}

OUTFIT_WEIGHTS: dict[str, dict[str, float]] = {"girl": {}, "boy": {"dress": 0.3, "sailor": 0.8}}


def weights(name: str, gender: str) -> dict[str, float]:
    """How often chance picks each value of an attribute (1 where not named)."""
    if name == "art_style":
        return ART_STYLE_WEIGHTS
    return {"hair_style": HAIR_STYLE_WEIGHTS, "outfit": OUTFIT_WEIGHTS, "accessory": ACCESSORY_WEIGHTS}.get(
        name, {}
    ).get(gender, {})


# The neutral middle and the usual spread of the continuous attributes.
NEUTRAL = {
    "head_size": (1.0, 0.06),
    "eye_size": (1.0, 0.08),
    "face_width": (1.0, 0.04),
    "tilt": (0.0, 4.0),
    "fringe_length": (1.0, 0.16),
    "blush": (0.5, 0.2),
}
