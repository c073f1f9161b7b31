"""The card of a data set for people, from its ``dataset.json``: ``README.md`` with the Hub's front matter.

What the Hub reads: https://huggingface.co/docs/hub/datasets-cards.
"""

from collections.abc import Mapping
from typing import Any

from nijigen.cards.attributes import attribute_table, attributes_of
from nijigen.cards.front_matter import front_matter
from nijigen.cards.licences import is_unknown, licence_facts
from nijigen.cards.readme import signed
from nijigen.cards.text import code, plain, table, unlabelled

SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
)
LARGEST = "n>1B"


def size_category(count: int) -> str:
    """How the Hub says how many pictures there are."""
    return next((word for most, word in SIZES if count < most), LARGEST)


def dataset_readme(info: Mapping[str, Any], name: str, repo: str | None = None) -> str:
    """``README.md`` of a data set, signed.

    Args:
        info: its ``dataset.json``, checked (``data/description.py``).
        name: of its folder.
        repo: ``owner/name``, where it is written for a repository of the Hub.
    """
    name = unlabelled(name) or "data set"
    labels = info["labels"] if isinstance(info["labels"], Mapping) else {}
    attributes = attributes_of(info["schema"])
    facts = {
        **licence_facts(str(info.get("licence") or "")),
        "pretty_name": name,
        "task_categories": ["unconditional-image-generation", *(["image-classification"] if attributes else [])],
        "size_categories": [size_category(info["count"])],
        "language": ["en"] if attributes else [],
        "tags": ["nijigen", "anime", "webdataset"],
        # Twins and what else lies in the folder are no pictures of the set.
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": [shard["file"] for shard in info["shards"]]}],
            }
        ],
    }
    alpha = "with transparency" if info["channels"] == 4 else "without transparency"
    size = info["resolution"]
    sections = [
        f"# {plain(name)}\n\n{info['count']:,} pictures of {size} x {size} pixels, {alpha}, made ready for training by "
        f"`nijigen prepare` from {plain(info.get('source') or 'unknown')}.\n",
        _rights(info),
        _labels(info, labels, attributes),
        _layout(info),
        _use(repo),
        _dropped(info),
    ]
    return signed(front_matter(facts) + "\n" + "\n".join(part for part in sections if part))


def _rights(info: Mapping[str, Any]) -> str:
    licence, source = (str(info.get(key) or "unknown") for key in ("licence", "provenance"))
    lines = [f"* Licence: **{plain(licence)}**.", f"* From: {plain(source)}."]
    if licence.startswith("mixed:"):
        lines.append("* Pictures differ: the JSON beside each says its own `licence` and `source`, where it is known.")
    if is_unknown(licence) or is_unknown(source):
        lines.append(
            "* Nobody said whose all of the pictures are. That they can be had does not mean they may be used: ask."
        )
    return "## Whose pictures\n\n" + "\n".join(lines) + "\n"


def _labels(info: Mapping[str, Any], labels: Mapping[str, Any], attributes: tuple[Any, ...]) -> str:
    if not attributes:
        return "## Labels\n\nNone.\n"
    counts, labelled = labels.get("counts"), labels.get("labelled")
    some = f"{labelled:,} of {info['count']:,} pictures are labelled. " if isinstance(labelled, int) else ""
    told = "A picture may carry any part of them; what is not there is unknown, which is not the same as absent."
    shown = attribute_table(attributes, counts if isinstance(counts, Mapping) else None)
    return f"## Labels\n\n{some}{told}\n\n{shown}"


def _layout(info: Mapping[str, Any]) -> str:
    rows = [
        ("`dataset.json`", "schema, counts, licence, source, and every shard with its SHA-256"),
        (
            "`shard-*.tar`, `restored-*.tar`",
            "the pictures: `KEY.png` or `KEY.jpg`, then `KEY.json` with `labels` and `file`",
        ),
    ]
    if isinstance(info.get("smoothed"), Mapping):
        rows.append(("`smoothed-*.tar`", "the same pictures with blurred edges, for translators to tell drawings from"))
    digest = f"\nDigest of schema and shards: {code(info['digest'])}.\n"
    return f"## Files\n\nTar shards in the WebDataset layout.\n\n{table(('file', 'holds'), rows)}{digest}"


def _use(repo: str | None) -> str:
    folder = repo.rpartition("/")[2] if repo else "FOLDER"
    pull = f'pip install "nijigen[hub]"\nnijigen pull datasets/{repo} {folder}\n' if repo else ""
    where = "" if repo else "FOLDER is the folder this file lies in. "
    shards = f"{folder}/shard-00000.tar" if repo else "shard-00000.tar"
    learn = f"nijigen train {folder} --recipe dcgan-64 --out runs/mine\n"
    plainly = (
        "```python\nimport json\nimport tarfile\n\n"
        f'with tarfile.open("{shards}") as shard:\n'
        "    for member in shard:\n"
        '        if member.name.endswith(".json"):\n'
        '            print(member.name, json.load(shard.extractfile(member))["labels"])\n```\n'
    )
    return (
        f"## How to use it\n\n{where}With nijigen:\n\n```\n{pull}{learn}```\n\n"
        f"Without nijigen, anything that reads tar files does:\n\n{plainly}"
    )


def _dropped(info: Mapping[str, Any]) -> str:
    dropped = info["dropped"]
    if not isinstance(dropped, Mapping) or not dropped:
        return ""
    rows = [(plain(str(reason).replace("_", " ")), f"{n:,}") for reason, n in dropped.items() if isinstance(n, int)]
    told = "Pictures of the source that are not in the set, by why they were left out:"
    return f"## Left out\n\n{told}\n\n{table(('reason', 'pictures'), rows)}"
