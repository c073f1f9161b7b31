import io
import json
import subprocess
import sys
import tarfile
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from nijigen.data import Dataset, prepare
from nijigen.errors import NijigenError


def dropped(out):
    return [json.loads(line) for line in (out / "dropped.jsonl").read_text().splitlines()]


def test_a_folder_becomes_a_webdataset(folder, tmp_path, picture):
    source = folder({"b/2.png": picture(2), "a/1.jpg": picture(1, kind="JPEG"), "c.txt": "no picture"})
    summary = prepare(source, tmp_path / "out", size=32, quiet=True)
    assert (summary.kept, summary.dropped, summary.ignored) == (2, {}, 1)
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["README.md", "dataset.json", "dropped.jsonl", "report.html", "shard-00000.tar"]
    assert not (tmp_path / "out.partial").exists()
    with tarfile.open(tmp_path / "out/shard-00000.tar") as tar:  # any reader of tar files can read it
        assert tar.getnames() == ["00000000.png", "00000000.json", "00000001.png", "00000001.json"]
        assert json.load(tar.extractfile("00000001.json")) == {
            "labels": {"class": "b"},
            "file": "b/2.png",
            "size": "80x80",
        }
        image = Image.open(tar.extractfile("00000001.png"))
        assert (image.mode, image.size) == ("RGB", (32, 32))
    info = json.loads((tmp_path / "out/dataset.json").read_text())
    assert (info["resolution"], info["channels"], info["count"], info["source"]) == (32, 3, 2, "source")
    assert info["licence"] == "unknown"


def test_the_pixels_are_those_of_an_antialiased_resize(folder, tmp_path, picture):
    source = folder({"1.png": picture(1, 96, 96)})
    prepare(source, tmp_path / "out", size=32, quiet=True)
    expected = Image.open(source / "1.png").resize((32, 32), Image.Resampling.LANCZOS)
    (sample,) = Dataset.open(tmp_path / "out").samples()
    got = np.asarray(Image.open(io.BytesIO(sample.data)), int)
    assert np.abs(got - np.asarray(expected, int)).max() <= 1


def test_every_reason_to_drop_a_picture_is_told(folder, packed, tmp_path, picture):
    header = b"IHDR" + (30_000).to_bytes(4, "big") * 2 + picture(9)[24:29]
    giant = picture(9)[:12] + header + zlib.crc32(header).to_bytes(4, "big") + picture(9)[33:]
    files = {
        "good.png": picture(1), "same-bytes.png": picture(1), "truncated.jpg": picture(2, 300, 300, "JPEG")[:3000],
        "zero.png": b"", "giant.png": giant, "tiny.png": picture(3, 31, 200),
        "phone.heic": b"\0\0\0\x18ftypheic" + b"\0" * 99,
        "text.jpg": "<html>not found</html>", "same-pixels.bmp": picture(1, kind="BMP"),
        "metadata.csv": "file_name,hair\ngood.png,pink\ngone.png,red\ntiny.png,blue\n",
    }  # fmt: skip
    summary = prepare(folder(files), tmp_path / "out", size=64, quiet=True)
    rows = {row["file"]: row for row in dropped(tmp_path / "out")}
    assert {name: row["reason"] for name, row in rows.items()} == {
        "gone.png": "missing", "giant.png": "too_large", "phone.heic": "unsupported",
        "same-bytes.png": "exact_duplicate",
        "same-pixels.bmp": "exact_duplicate", "text.jpg": "corrupt", "tiny.png": "too_small",
        "truncated.jpg": "corrupt", "zero.png": "empty",
    }  # fmt: skip
    assert rows["same-pixels.bmp"]["of"] == rows["same-bytes.png"]["of"] == "good.png"
    assert rows["tiny.png"]["labels"] == {"hair_color": "blue"}
    assert summary.kept == 1
    assert summary.dropped == {
        "corrupt": 2, "empty": 1, "exact_duplicate": 2, "missing": 1, "too_large": 1, "too_small": 1, "unsupported": 1,
    }  # fmt: skip
    slip = prepare(packed(files | {"../../slip.png": picture(5)}), tmp_path / "zipped", size=64, quiet=True)
    assert slip.dropped == summary.dropped | {"unsafe_path": 1}
    assert not list(tmp_path.parent.glob("slip.png"))


def test_the_smallest_side_that_is_taken_can_be_set(folder, tmp_path, picture):
    source = folder({"1.png": picture(1, 20, 20), "2.png": picture(2, 100, 90)})
    assert prepare(source, tmp_path / "a", size=64, quiet=True).kept == 1
    assert prepare(source, tmp_path / "b", size=64, quiet=True, min_size=20, junk=False).kept == 2
    with pytest.raises(NijigenError, match="no picture of source can be used: 2 too_small"):
        prepare(source, tmp_path / "c", size=64, quiet=True, min_size=200)
    assert not (tmp_path / "c.partial").exists()


def test_the_smallest_side_is_that_of_the_file_and_not_of_a_draft(folder, tmp_path, picture):
    source = folder({"1.jpg": picture(1, 2000, 1500, "JPEG")})
    assert prepare(source, tmp_path / "a", size=16, quiet=True, min_size=1500).kept == 1


def test_labels_of_duplicates_are_merged_and_conflicts_told(folder, tmp_path, picture, monkeypatch):
    monkeypatch.setattr("nijigen.data.shards.SHARD_COUNT", 2)  # so that the kept one lies in a finished shard
    files = {f"{i}.png": picture(i) for i in range(5)} | {"5.png": picture(0), "6.png": picture(0)}
    files["metadata.csv"] = "file_name,hair,eyes\n0.png,pink,\n1.png,red,red\n5.png,pink,blue\n6.png,black,green\n"
    prepare(folder(files), tmp_path / "out", quiet=True)
    dataset = Dataset.open(tmp_path / "out")
    labels = [sample.labels for sample in dataset.samples()]
    assert labels[:2] == [{"hair_color": "pink", "eye_color": "blue"}, {"hair_color": "red", "eye_color": "red"}]
    rows = {row["file"]: row for row in dropped(tmp_path / "out")}
    assert "labels_conflict" not in rows["5.png"]
    assert rows["6.png"]["labels_conflict"] == {"hair_color": ["pink", "black"], "eye_color": ["blue", "green"]}
    assert dataset.info["labels"]["counts"] == {"hair_color": {"pink": 1, "red": 1}, "eye_color": {"blue": 1, "red": 1}}


def test_a_jpeg_that_fits_is_kept_byte_for_byte(folder, tmp_path, picture):
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    files = {"1.jpg": picture(1, 64, 64, "JPEG"), "2.jpg": picture(2, 64, 64, "JPEG", exif=exif),
             "3.jpg": picture(3, 65, 64, "JPEG"), "4.png": picture(4, 64, 64)}  # fmt: skip
    for channels in (3, 4):
        out = tmp_path / str(channels)
        prepare(folder(files), out, size=64, channels=channels, quiet=True)
        one, two, three, four = Dataset.open(out).samples()
        assert (one.suffix, one.data) == ("jpg", files["1.jpg"])
        assert two.suffix == three.suffix == "png"
        assert b"at home" not in two.data  # what a camera writes beside the pixels stays at home
        pixels = np.asarray(Image.open(io.BytesIO(four.data)).convert("RGB"))
        assert (pixels == np.asarray(Image.open(io.BytesIO(files["4.png"])))).all()


def test_rgba(folder, tmp_path):
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 32, 64))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    source = folder({"1.png": buffer.getvalue()})
    for channels, colour in ((3, [255, 255, 255]), (4, [0, 0, 0, 0])):
        prepare(source, tmp_path / str(channels), size=64, channels=channels, quiet=True, junk=False)
        resident = Dataset.open(tmp_path / str(channels)).load()
        assert resident.images[0, :, 9, 60].tolist() == colour
        assert resident.images[0, :, 9, 9].tolist() == [0, 0, 255, 255][:channels]


def test_a_limit_takes_pictures_evenly(folder, tmp_path, picture):
    source = folder({f"class={i // 10}/{i:02d}.png": picture(i) for i in range(40)})
    summary = prepare(source, tmp_path / "out", limit=8, quiet=True)
    assert summary.labels == {"class": {"0": 2, "1": 2, "2": 2, "3": 2}}
    assert summary.kept == 8


def test_done_before_is_done(folder, tmp_path, picture, tree):
    source = folder({"1.png": picture(1), "2.png": picture(2)})
    first = prepare(source, tmp_path / "out", quiet=True)
    before = tree(tmp_path / "out")
    again = prepare(source, tmp_path / "out", quiet=True)
    assert again.reused
    assert not first.reused
    assert again.digest == first.digest
    assert tree(tmp_path / "out") == before
    with pytest.raises(NijigenError, match=r"out was made with other arguments \(size was 64, now 32\)"):
        prepare(source, tmp_path / "out", size=32, quiet=True)
    (source / "3.png").write_bytes(picture(3))
    with pytest.raises(NijigenError, match="the pictures or labels of the source have changed"):
        prepare(source, tmp_path / "out", quiet=True)


def test_changed_labels_are_noticed(folder, tmp_path, picture):
    source = folder({"1.png": picture(1), "metadata.csv": "file_name,hair\n1.png,pink\n"})
    prepare(source, tmp_path / "out", quiet=True)
    (tmp_path / "more.csv").write_text("file_name,hair\n1.png,red\n")
    with pytest.raises(NijigenError, match=r"made with other arguments \(labels was None, now more\.csv\)"):
        prepare(source, tmp_path / "out", labels=tmp_path / "more.csv", quiet=True)
    (source / "metadata.csv").write_text("file_name,hair\n1.png,blue\n")
    with pytest.raises(NijigenError, match="labels of the source have changed"):
        prepare(source, tmp_path / "out", quiet=True)


def test_an_empty_folder_may_be_filled_and_a_full_one_not(folder, tmp_path, picture):
    source = folder({"1.png": picture(1)})
    (tmp_path / "empty").mkdir()
    assert prepare(source, tmp_path / "empty", quiet=True).kept == 1
    for name in ("full", "full.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "shard-mine.txt").write_text("precious")
    with pytest.raises(NijigenError, match="full exists and is no data set of nijigen: choose another name"):
        prepare(source, tmp_path / "full", quiet=True)
    (tmp_path / "full").rename(tmp_path / "elsewhere")
    with pytest.raises(NijigenError, match=r"full\.partial holds files that are not of prepare"):
        prepare(source, tmp_path / "full", quiet=True)
    assert (tmp_path / "full.partial/shard-mine.txt").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"size": 4}, "--size 4 is out of range: use 8 to 2048"),
        ({"size": 4096}, "--size 4096"),
        ({"channels": 1}, "--channels 1: use 3"),
        ({"shape": "stretch"}, "--shape stretch: use crop or pad"),
        ({"limit": 0}, "--limit 0 is too small"),
        ({"workers": 0}, "--workers 0 is too small"),
        ({"min_size": -1}, "min_size -1 is too small"),
        ({"margin": 0.2}, "--margin is for faces that are cut out: give --faces auto"),
        ({"margin": 0.2, "faces": "off"}, "--margin is for faces .* --faces off cuts out none"),
        ({"margin": 0.2, "source": "chibi:2"}, "--margin does not go with chibi:N"),
        ({"least": 30}, "--least says which faces are looked for: give --faces auto"),
        ({"least": 30, "faces": "off"}, "--least says which faces are looked for"),
        ({"labels": "nothing.csv"}, r"cannot read --labels nothing\.csv"),
        ({"source": "nowhere"}, "source nowhere does not exist"),
        ({"source": "chibi:0"}, "source chibi:0: give a number of drawings"),
        ({"source": "chibi:many"}, "source chibi:many: give a number"),
        ({"out": "."}, "name a new folder"),
    ],
)
def test_wrong_arguments_are_named(folder, tmp_path, picture, arguments, said, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {"source": folder({"1.png": picture(1)}), "out": tmp_path / "out", "quiet": True} | arguments
    with pytest.raises(NijigenError, match=said):
        prepare(**given)
    assert not (tmp_path / "out").exists()


def test_a_source_without_pictures_is_named(folder, packed, tmp_path):
    with pytest.raises(NijigenError, match=r"holds no pictures \(1 other files\)"):
        prepare(folder({"a.txt": "x"}), tmp_path / "out")
    with pytest.raises(NijigenError, match=r"holds no pictures \(0 other files\)"):
        prepare(packed({}), tmp_path / "out")


def test_a_file_that_may_not_be_read_is_dropped_and_a_failing_disk_stops(folder, tmp_path, picture, monkeypatch):
    """Simulated: the tests may run as root, and a disk that fails is not at hand."""
    from nijigen.data.sources import FolderSource

    source = folder({f"{i}.png": picture(i) for i in range(3)})
    read, error = FolderSource.read, PermissionError(13, "Permission denied")

    def failing(self, entry, limit):
        if entry.name == "1.png":
            raise error
        return read(self, entry, limit)

    monkeypatch.setattr(FolderSource, "read", failing)
    assert prepare(source, tmp_path / "out", quiet=True, workers=1).dropped == {"unreadable": 1}
    error = OSError(5, "Input/output error")
    with pytest.raises(NijigenError, match=r"cannot read 1\.png: Input/output error; run again to go on"):
        prepare(source, tmp_path / "other", quiet=True, workers=1)


def test_a_damaged_member_of_a_zip_is_dropped(packed, tmp_path, picture):
    path = packed({"1.png": picture(1), "2.png": picture(2)}, method=zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"IDAT") + 400] ^= 0xFF
    path.write_bytes(raw)
    summary = prepare(path, tmp_path / "out", quiet=True)
    assert summary.dropped == {"corrupt": 1}


def test_the_summary_is_for_people_and_for_programs(folder, tmp_path, picture):
    files = {f"{i}.png": picture(i % 3) for i in range(4)} | {"a.txt": "x"}
    files["metadata.csv"] = "file_name,hair,text\n0.png,pink,a\n1.png,red,b\n9.png,red,c\n"
    summary = prepare(folder(files), tmp_path / "out", quiet=True, licence="CC0-1.0")
    said = "\n".join(summary.lines())
    for part in ("3 pictures of source, 64x64 RGB", "1 exact_duplicate", "1 missing", "ignored: 1 files",
                 "labelled: 2 of 3", "hair_color: pink 1, red 1", "1 of 3 label rows name no picture"):  # fmt: skip
        assert part in said
    assert "licence" not in said
    assert json.loads(json.dumps(summary.as_dict()))["labels"]["hair_color"] == {"pink": 1, "red": 1}


def test_a_column_that_is_nearly_a_known_one_is_pointed_out(folder, tmp_path, picture):
    source = folder({"1.png": picture(1), "metadata.csv": "file_name,hair_colr,species\n1.png,pink,Fox\n"})
    lines = prepare(source, tmp_path / "out", quiet=True).lines()
    assert "  hair_colr: pink 1 (a new attribute; if hair_color is meant, rename the column)" in lines
    assert "  species: fox 1" in lines


def test_the_number_of_workers_changes_no_byte(packed, tmp_path, picture, tree):
    path = packed({f"{i:03d}.png": picture(i % 90) for i in range(100)})
    for workers in (1, 2, 3):
        prepare(path, tmp_path / str(workers), size=32, workers=workers, quiet=True)
    assert tree(tmp_path / "1") == tree(tmp_path / "2") == tree(tmp_path / "3")


def test_the_same_pictures_in_a_folder_and_in_a_zip_are_the_same_data(folder, packed, tmp_path, picture):
    files = {f"{i}.png": picture(i) for i in range(5)}
    one, other = (prepare(path, tmp_path / f"{path.name}-out", quiet=True) for path in (folder(files), packed(files)))
    assert one.digest == other.digest


SCRIPT = """
import sys
from nijigen.data import prepare
prepare(sys.argv[1], sys.argv[2], quiet=True, workers={workers})
{after}
"""


def run_script(path, text, *arguments):
    path.write_text(text)
    command = [sys.executable, str(path), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_preparing_loads_no_torch(folder, tmp_path, picture):
    source = folder({"1.png": picture(1)})
    text = SCRIPT.format(workers=1, after="print('torch' in sys.modules)")
    assert run_script(tmp_path / "a.py", text, source, tmp_path / "out").stdout == "False\n"


def test_a_script_needs_no_main_guard_and_is_not_imported_by_the_workers(folder, tmp_path, picture):
    source = folder({f"{i}.png": picture(i) for i in range(40)})
    text = "print('imported')\n" + SCRIPT.format(workers=2, after="")
    done = run_script(tmp_path / "a.py", text, source, tmp_path / "out")
    assert (done.returncode, done.stdout, done.stderr) == (0, "imported\n", "")
