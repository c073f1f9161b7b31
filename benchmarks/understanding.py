"""How often is a sentence understood exactly? Sentences with what they mean, by language.

    python benchmarks/understanding.py [DIR] [--misses]

``DIR`` holds ``en.jsonl``, ``zh.jsonl`` and ``ja.jsonl`` with a line ``{"text", "attributes", "not"?}`` a sentence. By
default they are those of ``sentences/`` here, written by somebody who knew the words but not how they are read.
``not`` maps an attribute to a value or a list of values. A sentence counts where every word of the illustrator's
schema is as it should be: each value that is said, none that is not, and the values excluded. Numbers (a big head)
count where the line names them, within a tenth of the range.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from nijigen.illustrator import SCHEMA
from nijigen.schema import Labels
from nijigen.understanding import understand

LANGUAGES = ("en", "zh", "ja")
SENTENCES = Path(__file__).parent / "sentences"


def main() -> None:
    """Print a row for each language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=SENTENCES)
    parser.add_argument("--misses", action="store_true", help="also what was wrong, sentence by sentence")
    arguments = parser.parse_args()
    print(f"{'':4}{'sentences':>10}{'exact':>8}{'values':>9}")
    for language in LANGUAGES:
        path = arguments.folder / f"{language}.jsonl"
        if not path.exists():
            continue
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        wrong = [(row["text"], found) for row in rows if (found := differences(row))]
        values = sum(len(row["attributes"]) + len(row.get("not", {})) for row in rows)
        missed = sum(len(found) for _, found in wrong)
        print(f"{language:4}{len(rows):>10}{1 - len(wrong) / len(rows):>8.1%}{1 - missed / max(1, values):>9.1%}")
        if arguments.misses:
            for text, found in wrong:
                print(f"    {text}\n        {'; '.join(found)}")


def differences(row: dict[str, Any]) -> list[str]:
    """What is understood otherwise than a line says."""
    understood = understand(row["text"], SCHEMA)
    wanted = SCHEMA.normalize(row["attributes"])
    found = []
    for attribute in SCHEMA.attributes:
        name = attribute.name
        if not _same(name, understood.attributes, wanted):
            found.append(f"{name} is {understood.attributes.get(name)}, should be {wanted.get(name)}")
        unwanted = row.get("not", {}).get(name, [])
        unwanted = {attribute.normalize(word) for word in ([unwanted] if isinstance(unwanted, str) else unwanted)}
        if unwanted != set(understood.excluded.get(name, ())):
            found.append(f"not {name} {understood.excluded.get(name)}, should be {sorted(unwanted) or None}")
    return found


def _same(name: str, understood: Labels, wanted: Labels) -> bool:
    limits = SCHEMA[name].range
    if limits is None:
        return understood.get(name) == wanted.get(name)
    if name not in wanted:
        return True
    near = (limits[1] - limits[0]) / 10
    return name in understood and abs(float(understood[name]) - float(wanted[name])) <= near


if __name__ == "__main__":
    main()
