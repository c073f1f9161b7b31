"""What prepare leaves out by judgement, and how it is taken back."""

import io
import json
from contextlib import contextmanager

import pytest
from PIL import Image, ImageEnhance

from nijigen.data import Dataset, prepare
from nijigen.data.journal import Workspace
from nijigen.errors import NijigenError
from nijigen.files import locked
from nijigen.illustrator import compose

SIZE = 64


class Killed(BaseException):
    """What no code of ours catches."""


@contextmanager
def killed_at(monkeypatch, step):
    """What is done within dies where it calls this function of ``nijigen.data``."""

    def kill(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(f"nijigen.data.{step}", kill)
        with pytest.raises(Killed):
            yield


def drawing(seed: int) -> Image.Image:
    return Image.open(io.BytesIO(compose(seed).png(96))).convert("RGB")


def stored(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Six drawings, two very dark ones, and one drawing again as a JPEG; with labels."""
    folder = tmp_path_factory.mktemp("mixed") / "source"
    folder.mkdir()
    rows = ["file_name,hair_color"]
    for seed in range(6):
        (folder / f"good{seed}.png").write_bytes(stored(drawing(seed)))
        rows.append(f"good{seed}.png,{'pink' if seed % 2 else 'blue'}")
    for seed in (10, 11):
        (folder / f"dim{seed}.png").write_bytes(stored(ImageEnhance.Brightness(drawing(seed)).enhance(0.12)))
        rows.append(f"dim{seed}.png,green")  # a colour that nobody else has
    (folder / "twice.jpg").write_bytes(stored(drawing(0), "JPEG", quality=80))
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture
def made(mixed, tmp_path):
    out = tmp_path / "out"
    prepare(mixed, out, SIZE, quiet=True)
    return out


def rows(out):
    return {row["file"]: row for row in map(json.loads, (out / "dropped.jsonl").read_text().splitlines())}


def names(out):
    return sorted(sample.file for sample in Dataset.open(out).samples())


def test_junk_and_near_duplicates_are_left_out_and_told(made):
    assert names(made) == [f"good{seed}.png" for seed in range(6)]
    found = rows(made)
    assert {file: row["reason"] for file, row in found.items()} == {
        "dim10.png": "dark",
        "dim11.png": "dark",
        "twice.jpg": "near_duplicate",
    }
    assert found["twice.jpg"]["of"] == "good0.png"
    assert "darker than" in found["dim10.png"]["detail"]
    assert Dataset.open(made).schema["hair_color"].values == ("blue", "pink")


def test_without_junk_nothing_is_judged(mixed, tmp_path):
    assert prepare(mixed, tmp_path / "out", SIZE, quiet=True, junk=False).kept == 9
    assert not list((tmp_path / "out").glob("attic*"))


def test_a_reason_is_taken_back_without_the_source(mixed, made, tree, tmp_path):
    before = tree(made)
    moved = mixed.rename(mixed.with_name("moved"))
    try:
        with pytest.raises(NijigenError, match="does not exist"):
            prepare(mixed, made, SIZE, quiet=True, keep_reason=["dark"])
    finally:
        moved.rename(mixed)
    (mixed / "good0.png").touch()
    summary = prepare(mixed, made, SIZE, quiet=True, keep_reason=["dark"])
    assert (summary.kept, summary.dropped, summary.reused) == (8, {"near_duplicate": 1}, True)
    dataset = Dataset.open(made)
    assert names(made) == sorted([*(f"good{seed}.png" for seed in range(6)), "dim10.png", "dim11.png"])
    assert dataset.schema["hair_color"].values == ("blue", "green", "pink")  # its colour comes back with it
    assert dataset.load().labels.sum() == 8
    assert dataset.digest != json.loads(before["dataset.json"])["digest"]
    assert rows(made)["dim10.png"]["taken_back"] is True
    # At once or afterwards: the same bytes. Without asking, they are out again.
    prepare(mixed, tmp_path / "at-once", SIZE, quiet=True, keep_reason=["dark"])
    assert tree(tmp_path / "at-once") == tree(made)
    prepare(mixed, made, SIZE, quiet=True)
    assert tree(made) == before


def test_one_picture_is_taken_back(mixed, made):
    prepare(mixed, made, SIZE, quiet=True, keep=["twice.jpg"])
    assert "twice.jpg" in names(made)
    assert "dim10.png" not in names(made)
    assert "taken_back" not in rows(made)["dim10.png"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"keep": ["nobody.png"]},
            r"--keep nobody\.png: no picture of source has that name; names are like dim10\.png",
        ),
        ({"keep": ["good0.png#2"]}, r"--keep good0\.png#2: no picture of that name was left out"),
        ({"keep_reason": ["darkk"]}, r"--keep-reason darkk: .*did you mean dark\?.*use filtered, flat, .*near_dup"),
        ({"keep_reason": ["corrupt"]}, "--keep-reason corrupt: nothing is left out as corrupt that can be taken back"),
    ],
)
def test_what_cannot_be_taken_back_is_said_and_changes_nothing(mixed, made, tree, asked, said):
    before = tree(made)
    with pytest.raises(NijigenError, match=said):
        prepare(mixed, made, SIZE, quiet=True, **asked)
    assert tree(made) == before


def test_a_damaged_picture_cannot_be_taken_back(folder, tmp_path, picture):
    source = folder({"1.png": picture(1), "2.png": picture(2)[:99]})
    prepare(source, tmp_path / "out", quiet=True)
    with pytest.raises(NijigenError, match=r"--keep 2\.png: it was left out as corrupt, which cannot be taken back"):
        prepare(source, tmp_path / "out", quiet=True, keep=["2.png"])


def test_a_known_reason_without_hits_is_a_note_and_an_unknown_one_stops_before_any_work(mixed, made, tree, tmp_path):
    out = tmp_path / "new"
    with pytest.raises(NijigenError, match="--keep-reason drak"):
        prepare(mixed, out, SIZE, quiet=True, keep_reason=["drak"])
    assert not list(tmp_path.glob("new*"))
    summary = prepare(mixed, out, SIZE, quiet=True, keep_reason=["blurred", "dark"])
    assert (summary.kept, summary.dropped) == (8, {"near_duplicate": 1})
    note = "--keep-reason blurred: no picture was left out so"
    assert note in summary.lines()
    assert not any("--keep-reason dark" in line for line in summary.lines())
    assert not list(tmp_path.glob("new.*"))
    again = prepare(mixed, made, SIZE, quiet=True, keep_reason=["dark", "blurred"])
    assert again.reused
    assert note in again.lines()
    assert tree(made) == tree(out)


def test_killed_between_description_and_report_it_is_repaired_by_the_next_run(mixed, made, tree, tmp_path, monkeypatch):
    prepare(mixed, tmp_path / "whole", SIZE, quiet=True, keep_reason=["dark"])
    prepare(mixed, made, SIZE, quiet=True, keep_reason=["near_duplicate"])  # its shard is what is left behind

    for step in ("restore.remove_unfinished", "preparation.find_out", "preparation.write_report"):
        with killed_at(monkeypatch, step):
            prepare(mixed, made, SIZE, quiet=True, keep_reason=["dark"])
        assert (made / "lock").exists()
    (made / "restored-000000000000.tar").write_bytes(b"of one that was killed")
    (made / ".report.html.0123456789ab.part").write_bytes(b"half")
    prepare(mixed, made, SIZE, quiet=True, keep_reason=["dark"])
    assert tree(made) == tree(tmp_path / "whole")


def test_a_data_set_that_another_process_changes_is_left_alone(mixed, made):
    with locked(made, "lock"):
        with pytest.raises(NijigenError, match="is being written by another process"):
            prepare(mixed, made, SIZE, quiet=True, keep_reason=["dark"])
        assert (made / "lock").exists()
    prepare(mixed, made, SIZE, quiet=True)
    assert not (made / "lock").exists()


def test_rare_values_are_counted_among_what_is_kept(mixed, made, tree, tmp_path, monkeypatch):
    """Two green ones are dark and left out; three blue and three pink ones are kept, and of seven two blue ones."""
    out = tmp_path / "rare"
    with pytest.raises(NijigenError, match=r"made with other arguments \(min_count was 1, now 3\)"):
        prepare(mixed, made, SIZE, quiet=True, min_count=3)
    summary = prepare(mixed, out, SIZE, quiet=True, min_count=3)
    assert summary.labels == {"hair_color": {"blue": 3, "pink": 3}}
    assert Dataset.open(out).schema["hair_color"].values == ("blue", "pink")
    half = prepare(mixed, tmp_path / "half", SIZE, quiet=True, min_count=3, limit=7)
    assert all(count >= 3 for values in half.labels.values() for count in values.values())
    assert any(line.startswith("too rare, folded into unknown: hair_color=") for line in half.lines())
    # What comes back brings no value that is too rare.
    back = prepare(mixed, out, SIZE, quiet=True, min_count=3, keep_reason=["dark"])
    assert (back.kept, back.labels) == (8, {"hair_color": {"blue": 3, "pink": 3}})

    for step in ("describe", "write_description", "take_back"):
        with killed_at(monkeypatch, f"preparation.{step}"):
            prepare(mixed, tmp_path / "killed", SIZE, quiet=True, min_count=3, limit=7)
    (tmp_path / "killed.partial/dataset.json").unlink(missing_ok=True)
    with killed_at(monkeypatch, "finish.write_dropped"):  # its shards have their new labels already
        prepare(mixed, tmp_path / "killed", SIZE, quiet=True, min_count=3, limit=7)
    prepare(mixed, tmp_path / "killed", SIZE, quiet=True, min_count=3, limit=7)
    assert tree(tmp_path / "killed") == tree(tmp_path / "half")


def test_killed_while_taking_back_it_is_done_by_the_next_try(mixed, made, tree, tmp_path, monkeypatch):
    prepare(mixed, tmp_path / "whole", SIZE, quiet=True, keep_reason=["dark"])

    for step in ("write_dropped", "write_json", "content_digest"):
        with killed_at(monkeypatch, f"restore.{step}"):
            prepare(mixed, made, SIZE, quiet=True, keep_reason=["dark"])
        Dataset.open(made).load()  # whatever was reached, it is whole
    prepare(mixed, made, SIZE, quiet=True, keep_reason=["dark"])
    (made / "lock").unlink(missing_ok=True)
    assert tree(made) == tree(tmp_path / "whole")


def test_our_own_drawings_are_never_judged(tmp_path):
    assert prepare("chibi:12", tmp_path / "out", 32, quiet=True).kept == 12


def test_thresholds_of_ones_own(mixed, tmp_path):
    (tmp_path / "mild.toml").write_text("[dark]\nupper = 0.0\n[grey]\ncolour = 0.0\ntint = 0.0\n")
    summary = prepare(mixed, tmp_path / "out", SIZE, quiet=True, thresholds=tmp_path / "mild.toml")
    assert summary.dropped == {"near_duplicate": 1}
    (tmp_path / "mild.toml").write_text("[dark]\nupper = 0.1\n")
    with pytest.raises(NijigenError, match=r"thresholds was mild\.toml"):
        prepare(mixed, tmp_path / "out", SIZE, quiet=True, thresholds=tmp_path / "mild.toml")
    with pytest.raises(NijigenError, match="--no-junk"):
        prepare(mixed, tmp_path / "no", SIZE, quiet=True, junk=False, thresholds=tmp_path / "mild.toml")


def test_licence_and_source_of_the_data_set_are_noted(folder, tmp_path, picture):
    source = folder({"1.png": picture(1)})
    prepare(source, tmp_path / "out", quiet=True, licence="CC-BY-4.0", provenance="https://example.org/faces")
    info = json.loads((tmp_path / "out/dataset.json").read_text())
    assert (info["licence"], info["provenance"]) == ("CC-BY-4.0", "https://example.org/faces")
    assert "unknown" not in "\n".join(prepare(source, tmp_path / "out", quiet=True, licence="CC-BY-4.0",
                                               provenance="https://example.org/faces").lines())  # fmt: skip


def test_near_duplicates_that_are_labelled_otherwise_both_stay(tmp_path, mixed):
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.png").write_bytes((mixed / "good0.png").read_bytes())
    (source / "b.jpg").write_bytes((mixed / "twice.jpg").read_bytes())
    (source / "metadata.csv").write_text("file_name,expression\na.png,smile\nb.jpg,sad\n")
    assert prepare(source, tmp_path / "out", SIZE, quiet=True).kept == 2


def test_a_copy_of_what_was_left_out_is_a_duplicate(tmp_path, mixed, tree, monkeypatch):
    source = tmp_path / "source"
    source.mkdir()
    for name, file in {"a": "good0", "b": "dim10", "c": "dim10", "d": "good1", "e": "dim10"}.items():
        (source / f"{name}.png").write_bytes((mixed / f"{file}.png").read_bytes())
    summary = prepare(source, tmp_path / "out", SIZE, quiet=True)
    assert summary.dropped == {"dark": 1, "exact_duplicate": 2}
    assert rows(tmp_path / "out")["e.png"]["of"] == "b.png"
    # Also where the first one lies before an interruption.
    monkeypatch.setattr("nijigen.data.shards.SHARD_COUNT", 1)
    prepare(source, tmp_path / "whole", SIZE, quiet=True)
    record, lines = Workspace.record, []

    def dying(self, line):
        record(self, line)
        lines.append(line)
        if len(lines) == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "record", dying)
        with pytest.raises(Killed):
            prepare(source, tmp_path / "parts", SIZE, quiet=True)
    assert prepare(source, tmp_path / "parts", SIZE, quiet=True).resumed_at > 0
    assert tree(tmp_path / "parts") == tree(tmp_path / "whole")
