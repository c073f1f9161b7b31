"""From a collection as it lies on a disk to labels and a data set."""

import json

import pytest

from nijigen.data import Dataset, prepare
from nijigen.data.labelling import label_map, tags
from nijigen.data.layouts import layout_name, layout_of
from nijigen.data.layouts.danbooru import DanbooruSource
from nijigen.data.layouts.manga109 import Manga109Source

BOOK = """<book title="A"><characters/><pages>
<page index="0" width="40" height="40"><face xmin="1" ymin="1" xmax="9" ymax="9"/></page></pages></book>
"""


@pytest.fixture
def danbooru(folder, picture):
    given = {1: "1girl pink_hair smile", 2: "1girl blue_hair pink_hair", 1003: "2girls red_hair", 4: "1boy sky"}
    rows = [{"id": str(key), "rating": "s", "tag_string": text, "source": "x"} for key, text in given.items()]
    rows.append({"id": "5", "rating": "q", "tag_string": "1girl", "source": "x"})
    pictures = {f"512px/{key % 1000:04d}/{key}.jpg": picture(key, 40, 40, "JPEG") for key in [*given, 5]}
    return folder(pictures | {"metadata/posts000.json": "\n".join(map(json.dumps, rows))}, "danbooru2021")


def test_both_collections_are_known_by_sight(danbooru, folder, picture):
    manga = folder({"books.txt": "A\n", "images/A/000.jpg": picture(1, 40, 40), "annotations/A.xml": BOOK}, "manga")
    assert (layout_name(danbooru), layout_name(manga)) == ("danbooru", "manga109")
    assert layout_of(danbooru) == DanbooruSource(danbooru)
    assert layout_of(manga) == Manga109Source(manga)
    assert [entry.name for entry in layout_of(manga).listing().pictures] == ["A/000.jpg#face0"]


def test_tags_of_a_release_become_labels(danbooru):
    mapping = tags.read_mapping("danbooru")
    listing = DanbooruSource(danbooru, tags=mapping.spelled).listing()
    rows, report = tags.tag_labels(mapping, {e.name: listing.facts[e.name].tags for e in listing.pictures})
    assert rows == [
        {"gender": "girl", "hair_color": "pink", "expression": "smile"},
        {"gender": "girl"},
        {},
        {"gender": "boy"},
    ]
    assert report.examples == {"hair_color": [("512px/0002/2.jpg", ("pink", "blue"))]}
    assert (report.unclear, report.unmapped) == (1, [])


def test_preparing_a_release_leaves_out_what_is_not_safe(danbooru, tmp_path):
    summary = prepare(danbooru, tmp_path / "out", size=32, quiet=True)
    assert (summary.kept, summary.dropped) == (4, {"rating": 1})
    files = [sample.file for sample in Dataset.open(tmp_path / "out").samples()]
    assert files == [f"512px/{key % 1000:04d}/{key}.jpg" for key in (1, 2, 1003, 4)]


@pytest.mark.parametrize(("room", "read"), [(tags, tags.read_mapping), (label_map, label_map.read_label_map)])
def test_the_example_of_each_file_is_a_file_that_can_be_read(room, read, tmp_path):
    lines = [line[4:] for line in room.__doc__.splitlines() if line.startswith("    ") and ">>>" not in line]
    start = next(number for number, line in enumerate(lines) if line.startswith("["))
    text = "\n".join(lines[start:])
    (tmp_path / "example.toml").write_text(text)
    assert read(tmp_path / "example.toml").values["hair_color"]
