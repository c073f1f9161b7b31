"""An avatar in words: what a screen reader says of it, and no more than its certificate can tell."""

from nijigen.avatar import Certificate
from nijigen.collections.reading import attributes_of
from nijigen.serve.studio.speech import known_language, word
from nijigen.vocabulary import display

SHOWN_WORDS = 6  # of an avatar


def describe(certificate: Certificate, language: object) -> str:
    """An avatar in words: what a screen reader says of it."""
    spoken, seed = known_language(language), certificate.get("seed")
    # A stranger's words may be anything, and would take the whole grid with them.
    words, mixed = seen_words(certificate)
    said = [display(name, value, spoken) for name, value in words.items()
            if isinstance(value, str) and value not in ("none", "neutral", "bust")]  # fmt: skip
    if mixed:  # the seed is the first one's
        who = word(spoken, "page.avatar_mixed")
    else:
        who = word(spoken, "page.avatar") if type(seed) is not int else word(spoken, "page.avatar_seed", seed=seed)
    joined = (", " if spoken == "en" else "、").join(said[:SHOWN_WORDS])
    return f"{who}: {joined}" if joined else who


def seen_words(certificate: Certificate) -> tuple[dict[str, str | float], bool]:
    """The words that say what is seen, and whether it is a mix of two.

    A mix keeps the words of the first, from which it goes on being edited (:class:`nijigen.edit.steps.Mix`); of what is
    seen only those tell that were chosen afterwards.
    """
    words, edits = attributes_of(certificate), certificate.get("edits")
    since: set[str] | None = None
    for edit in edits if isinstance(edits, list) else ():
        step = edit if isinstance(edit, dict) else {}
        if step.get("kind") == "mix":
            since = set()
        elif since is not None and step.get("kind") == "set" and isinstance(step.get("attributes"), dict):
            since |= step["attributes"].keys()
    told = words if since is None else {name: value for name, value in words.items() if name in since}
    return told, since is not None
