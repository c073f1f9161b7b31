"""What a licence is called on the Hub, which knows a fixed list; any other text goes beside as it was given."""

import re
from typing import Any

from nijigen.cards.text import unlabelled

UNKNOWN = "unknown"  # as data sets say it (data/rights.py), and as the Hub does
NO_LICENCE = ("", UNKNOWN)
LONGEST_NAME = 60
# https://huggingface.co/docs/hub/repositories-licenses
# fmt: off
KNOWN = frozenset([
    "afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bigcode-openrail-m", "bigscience-bloom-rail-1.0",
    "bigscience-openrail-m", "bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "bsl-1.0", "c-uda", "cc",
    "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0",
    "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0",
    "cc-by-sa-3.0", "cc-by-sa-4.0", "cc0-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "cdla-sharing-1.0",
    "creativeml-openrail-m", "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2", "gfdl", "gpl",
    "gpl-2.0", "gpl-3.0", "isc", "lgpl", "lgpl-2.1", "lgpl-3.0", "lppl-1.3c", "mit", "mpl-2.0", "ms-pl", "ncsa",
    "odbl", "odc-by", "ofl-1.1", "openrail", "openrail++", "osl-3.0", "pddl", "postgresql", "unlicense", "wtfpl",
    "zlib",
])
# fmt: on
ALIASES = {"cc0": "cc0-1.0", "apache": "apache-2.0", "agpl": "agpl-3.0"}


def licence_facts(licence: str) -> dict[str, Any]:
    """``license`` of the front matter, and for one that the Hub does not know ``license_name`` and ``license_link``.

    >>> licence_facts("CC BY 4.0"), licence_facts("my own terms")
    ({'license': 'cc-by-4.0'}, {'license': 'other', 'license_name': 'my-own-terms'})
    """
    text = unlabelled(licence)
    name = re.sub(r"[\s_]+", "-", text.casefold())
    name = re.sub(r"-(only|or-later)$", "", ALIASES.get(name, name))
    if name in NO_LICENCE:
        return {"license": UNKNOWN}
    if name in KNOWN:
        return {"license": name}
    short = re.sub(r"[^a-z0-9.]+", "-", text.partition(":")[0].casefold() if "mixed:" in name else name).strip("-.")
    link = re.search(r"https?://[^\s\"'<>]+", text)
    facts = {"license": "other", "license_name": short[:LONGEST_NAME].strip("-.") or "other"}
    return {**facts, **({"license_link": link[0]} if link else {})}


def is_unknown(text: object) -> bool:
    """Whether a licence or a source says nothing, or not of all pictures: "unknown", "mixed: CC0-1.0, unknown"."""
    line = unlabelled(str(text or "")).casefold()
    return not line or UNKNOWN in [part.strip() for part in line.removeprefix("mixed:").split(",")]
