"""The card of a model for people, from the card in its file: ``README.md`` with the Hub's front matter.

    text = model_readme(read_card(folder), {"samples.png"}, repo="someone/faces")

What the Hub reads: https://huggingface.co/docs/hub/model-cards. A pure function, so a resumed run writes the same.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from nijigen.cards.attributes import attribute_table, attributes_of, languages, spoken
from nijigen.cards.front_matter import front_matter
from nijigen.cards.licences import is_unknown, licence_facts
from nijigen.cards.measured import measured
from nijigen.cards.readme import signed
from nijigen.cards.text import code, plain, unlabelled

SAMPLES_FILE = "samples.png"
ONNX_FOLDER = "onnx"
AVATARS, TRANSLATES = "unconditional-image-generation", "image-to-image"
HUB_DATASET = re.compile(r"(?:https://huggingface\.co/datasets/|hf://datasets/)([\w.-]+/[\w.-]+)")


def model_readme(card: Mapping[str, Any], files: Collection[str] = (), repo: str | None = None) -> str:
    """``README.md`` of a model, signed.

    Args:
        card: as its file has it (``store.read_card``); damaged parts are left out.
        files: names of what lies in its folder, folders with a ``/`` between.
        repo: ``owner/name``, where it is written for a repository of the Hub.
    """
    name = unlabelled(str(card.get("name") or "")) or "model"
    facts = _front(card, name, files)
    sections = [
        f"# {plain(name)}\n\n{_opening(card)}\n",
        f"![What it makes]({SAMPLES_FILE})\n" if SAMPLES_FILE in files else "",
        _words(card),
        _learned(card),
        _use(card, files, repo),
        f"## How good it is\n\n{measured(card).text()}",
        _limits(card),
        _again(card, repo),
    ]
    return signed(front_matter(facts) + "\n" + "\n".join(part for part in sections if part))


def datasets_of(card: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """What a model learned from: (what it was to the run, what is known of it); one, or two of a translator."""
    told = card.get("dataset")
    if not isinstance(told, Mapping):
        return []
    if "digest" in told or "name" in told:
        return [("", told)]
    return [(str(word), one) for word, one in told.items() if isinstance(one, Mapping)]


def _translates(card: Mapping[str, Any]) -> bool:
    return card.get("kind") == "translator"


def _front(card: Mapping[str, Any], name: str, files: Collection[str]) -> dict[str, Any]:
    task = TRANSLATES if _translates(card) else AVATARS
    sets = datasets_of(card)
    on_hub = [found[1] for _, one in sets if (found := HUB_DATASET.search(str(one.get("provenance"))))]
    family = unlabelled(str(card.get("family") or ""))
    tags = ["nijigen", "anime", "avatar", "gan", family, "conditional" if attributes_of(card.get("schema")) else ""]
    tags += ["onnx"] if any(one.endswith(".onnx") for one in files) else []
    return {
        **licence_facts(str(card.get("licence") or "")),
        "library_name": "nijigen",
        "pipeline_tag": task,
        "language": languages(card.get("schema")),
        "tags": list(dict.fromkeys(tag for tag in tags if tag)),
        "datasets": on_hub,
        "model-index": measured(card).index(name, task, str(sets[0][1].get("name") or "") if sets else ""),
    }


def _opening(card: Mapping[str, Any]) -> str:
    size, family = card.get("resolution"), plain(card.get("family") or "unknown family")
    recipe = card.get("recipe")
    described = plain(recipe.get("description") or "") if isinstance(recipe, Mapping) else ""
    if _translates(card):
        line = f"Turns photos into drawings. Family: {family}, trained at {size} x {size} pixels."
    else:
        clear = " with transparency" if card.get("channels") == 4 else ""
        line = f"Makes anime avatars of {size} x {size} pixels{clear} from random numbers. Family: {family}."
    note = plain(card["note"]) if isinstance(card.get("note"), str) else ""
    return " ".join(part for part in (line, f"Recipe: {described}." if described else "", note) if part)


def _words(card: Mapping[str, Any]) -> str:
    if _translates(card):
        return ""
    attributes = attributes_of(card.get("schema"))
    if not attributes:
        return "## Words\n\nIt takes none: it learned from pictures without labels.\n"
    told = "Choose any of these; what you leave out is drawn as it occurred in the pictures it learned from."
    return f"## Words\n\n{told}\n\n{attribute_table(attributes)}"


def _learned(card: Mapping[str, Any]) -> str:
    licence = str(card.get("licence") or "unknown")
    lines = [f"Licence: **{plain(licence)}**."]
    if is_unknown(licence):
        lines.append(
            "Nobody said whose all of the pictures are: take the model for what it says, and ask before you use it."
        )
    lines += [_dataset(word, told) for word, told in datasets_of(card)]
    if isinstance(seen := card.get("images_seen"), int):
        lines.append(f"Training has seen {seen:,} pictures, counting each as often as it was seen.")
    lines += list(_descent(card))
    return "## What it learned from, and whose pictures they are\n\n" + "\n".join(f"* {line}" for line in lines) + "\n"


def _dataset(word: str, told: Mapping[str, Any]) -> str:
    count = told.get("count")
    pictures = f"{count:,} pictures" if isinstance(count, int) else "pictures"
    held = told.get("held_out")
    kept = f", {held:,} of them kept out of training" if isinstance(held, int) and held else ""
    source = plain(told.get("provenance") or "unknown")
    skipped = f" {plain(told['skipped'])}." if told.get("skipped") else ""
    digest = f" (digest {code(str(told['digest'])[:12])})" if told.get("digest") else ""
    what = f"{plain(word)}: " if word else ""
    name, licence = plain(told.get("name") or "unnamed"), plain(told.get("licence") or "unknown")
    return f"{what}{name}{digest}: {pictures}{kept}. From: {source}. Licence: {licence}.{skipped}"


def _descent(card: Mapping[str, Any]) -> Iterator[str]:
    origin, blend = card.get("origin"), card.get("blend")
    if isinstance(origin, Mapping):
        yield f"It began from the model {plain(origin.get('name'))} ({code(str(origin.get('digest'))[:12])})."
    if isinstance(blend, Mapping):
        both = [blend.get(key) for key in ("one", "other")]
        named = [plain(one.get("name") or str(one.get("digest"))[:12]) for one in both if isinstance(one, Mapping)]
        yield f"It is a blend of {' and '.join(named)}."


def _use(card: Mapping[str, Any], files: Collection[str], repo: str | None) -> str:
    place = repo or "FOLDER"
    pull = f'pip install "nijigen[hub]"\nnijigen pull {repo}\n' if repo else ""
    where = "" if repo else "FOLDER is the folder this file lies in. "
    if _translates(card):
        commands = f"nijigen stylize photo.jpg drawn.png --style {place}\n"
        second = "The ONNX files in `onnx/` need onnxruntime alone. "
    else:
        chosen = spoken(attributes_of(card.get("schema")))
        commands = f"nijigen generate --model {place} -n 16 --seed 1{chosen} --sheet\n"
        second = "With `onnx/mapping.onnx` and `onnx/synthesis.onnx`, onnxruntime and NumPy are enough. "
    if not any(one.startswith(f"{ONNX_FOLDER}/") for one in files):
        second = f"`nijigen export {place} --to onnx` writes graphs that onnxruntime runs. "
    without = (
        f"{second}Or read the file itself: `generator.safetensors` holds every weight, and in its header, under "
        "`nijigen`, the card as JSON: family, network options, schema. Nothing in it is executed. How tensors are "
        "named, and a loader in plain PyTorch: docs/sharing.md of nijigen.\n"
    )
    read = (
        "```python\nimport json\nfrom safetensors import safe_open\n\n"
        'with safe_open("generator.safetensors", framework="pt") as file:\n'
        '    card = json.loads(file.metadata()["nijigen"])\n'
        "    weights = {name: file.get_tensor(name) for name in file.keys()}\n```\n"
    )
    return f"## How to use it\n\n{where}With nijigen:\n\n```\n{pull}{commands}```\n\nWithout nijigen: {without}\n{read}"


def _limits(card: Mapping[str, Any]) -> str:
    lines = [
        "What was rare in the pictures it learned from is drawn badly, and what was not in them not at all.",
        "A network can draw again what it has seen often; no test proves that it does not (`nijigen evaluate` looks).",
        "Pictures it makes are generated: say so where you show them. Make none of real people against their will.",
    ]
    if not _translates(card):
        lines.insert(
            0, f"It knows {card.get('resolution')} x {card.get('resolution')} pixels; larger ones are enlarged."
        )
    counts = [told["count"] for _, told in datasets_of(card) if isinstance(told.get("count"), int)]
    if counts and min(counts) < 1_000:
        lines.insert(
            0, f"It learned from few pictures ({min(counts):,}): expect little variety, and near copies of them."
        )
    return "## Limits\n\n" + "\n".join(f"* {line}" for line in lines) + "\n"


def _again(card: Mapping[str, Any], repo: str | None) -> str:
    digest = card.get("digest")
    if not isinstance(digest, str):
        return ""
    told = f"The digest of this model is {code(digest)}: it covers weights, architecture and words, and not this text."
    if _translates(card):
        return f"## Which model this is\n\n{told}\n"
    again = (
        "Every avatar it makes carries a birth certificate in its PNG with this digest, the seed and the words; "
        f"`nijigen recreate avatar.png --model {repo or 'FOLDER'}` makes the same pixels again."
    )
    return f"## Drawing an avatar again\n\n{told} {again}\n"
