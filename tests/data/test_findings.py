"""What inspect finds in a data set, and the page that shows it."""

import io
import itertools
import json
from html.parser import HTMLParser

import pytest
from PIL import Image

from nijigen.data import Dataset, prepare
from nijigen.data.findings import SHOWN, chosen, find_out, lopsided, missing_pairs
from nijigen.data.inspection import as_dict, inspect, lines
from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema


@pytest.mark.parametrize(("count", "most"), [(1, 48), (48, 48), (49, 48), (1000, 48), (7, 3)])
def test_pictures_are_chosen_evenly(count, most):
    places = [place for place in range(count) if chosen(place, count, most)]
    assert len(places) == min(count, most)
    assert places[0] == 0
    gaps = {b - a for a, b in itertools.pairwise(places)}
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_a_lopsided_attribute_is_named():
    counts = {
        "hair_color": {"pink": 101, "blue": 10, "red": 30},
        "gender": {"girl": 60, "boy": 6},
        "tilt": {"labelled": 3, "lowest": -1.0, "highest": 1.0},
        "class": {"only": 5},
    }
    assert lopsided(counts) == [("hair_color", "pink 101", "blue 10")]


def test_missing_combinations_are_those_that_chance_would_have_given():
    rows = [{"hair_color": "pink", "gender": "girl"}] * 30 + [{"hair_color": "blue", "gender": "girl"}] * 30
    rows += [{"hair_color": "blue", "gender": "boy"}] * 20 + [{"hair_color": "red", "gender": "girl"}] * 3
    rows += [{"hair_color": "pink"}] * 50  # of unknown gender: no evidence
    schema = AttributeSchema.infer(rows)
    found = missing_pairs(rows, schema)
    assert {frozenset(row[:2]) for row in found} == {frozenset({"gender=boy", "hair_color=pink"})}
    # 83 know both; pink are 80 of 133 and boys 20 of 83.
    assert found[0][2] == pytest.approx(83 * 80 / 133 * 20 / 83)


def test_a_data_set_is_looked_through(folder, tmp_path, picture):
    files = {f"{'a' if i % 3 else 'b'}/{i:03d}.png": picture(i, 80 + i % 2, 80) for i in range(60)}
    prepare(
        folder({**files, "a/x.png": files["a/001.png"], "a/broken.png": b"no"}), tmp_path / "out", size=32, quiet=True
    )
    found = find_out(Dataset.open(tmp_path / "out"))
    assert found.count == 60
    assert dict(found.sizes) == {"80x80": 30, "81x80": 30}
    assert {reason: count for reason, (count, _) in found.reasons.items()} == {"exact_duplicate": 1, "corrupt": 1}
    assert found.reasons["corrupt"][1] == ["a/broken.png"]
    assert len(found.kept) == SHOWN
    assert sum(found.colours["brightness"]) == sum(found.colours["saturation"]) == 60
    assert found.counts == {"class": {"a": 40, "b": 20}}
    assert json.loads(json.dumps(as_dict(found)))["dropped"] == {"exact_duplicate": 1, "corrupt": 1}
    assert any("left out: 1 corrupt, 1 exact_duplicate" in line for line in lines(found))


class Page(HTMLParser):
    """Counts pictures, and that nothing comes from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[str] = []
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "img":
            self.pictures.append(values["title"])
        self.addresses += [value for key, value in attrs if key in ("src", "href") and not value.startswith("data:")]

    def handle_data(self, data):
        self.text += data


def test_the_page_shows_pictures_and_loads_nothing(folder, tmp_path, picture):
    name = "<script>alert(1)</script> & 'co'.png"
    source = folder({name: picture(0), "two.png": picture(1), "metadata.csv": f'file_name,mood\n"{name}",<b>sad</b>\n'})
    prepare(source, tmp_path / "out", size=32, quiet=True, licence="<i>mine</i>")
    text = (tmp_path / "out/report.html").read_text()
    page = Page()
    page.feed(text)
    assert len(page.pictures) == 2
    assert any(title.startswith(name) for title in page.pictures)
    assert page.addresses == []
    assert "<script" not in text
    assert "<b>sad" not in text
    assert "<i>mine" not in text
    assert "<i>mine</i>" in page.text


def test_every_picture_that_can_be_taken_back_shows_its_name(folder, tmp_path, picture):
    flat = {}
    for i in range(2):
        Image.new("RGB", (64 + i, 64), "red").save(buffer := io.BytesIO(), "PNG")
        flat[f"flat & {i}.png"] = buffer.getvalue()
    rows = "".join(f"{i}.png,pink\n" for i in range(2))
    source = folder({"0.png": picture(1), "1.png": picture(2), **flat, "metadata.csv": f"file_name,hair_color\n{rows}"})
    prepare(source, tmp_path / "out", size=32, quiet=True)
    text = (tmp_path / "out/report.html").read_text()
    assert text.count("<figcaption>flat &amp; ") == 2
    assert "<figcaption>0.png" not in text  # what is kept needs no name
    assert text.count("<section><h3>hair_color</h3><table>") == 1


def test_any_source_can_be_inspected_and_nothing_is_written_beside_it(packed, tmp_path, picture, monkeypatch):
    source = packed({f"{i}.png": picture(i) for i in range(5)})
    before = sorted(p.name for p in tmp_path.iterdir())
    page = tmp_path / "page.html"
    found, path = inspect(source, page, quiet=True)
    assert (found.count, path) == (5, page)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*before, "page.html"])
    monkeypatch.chdir(tmp_path)
    assert inspect(source, quiet=True)[1].name == "source.zip.report.html"


def test_a_limit_looks_at_some(packed, tmp_path, picture):
    source = packed({f"{i}.png": picture(i) for i in range(9)})
    assert inspect(source, tmp_path / "page.html", limit=4, quiet=True)[0].count == 4


def test_what_cannot_be_inspected_is_named(tmp_path):
    with pytest.raises(NijigenError, match="nothing does not exist"):
        inspect(tmp_path / "nothing", quiet=True)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/dataset.json").write_text('{"format": "nijigen-dataset"}')
    with pytest.raises(NijigenError, match=r"dataset\.json is broken"):
        inspect(tmp_path / "broken", quiet=True)
