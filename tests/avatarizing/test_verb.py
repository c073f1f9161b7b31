"""The verb and the function on real photographs, and every wrong picture in one line."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nijigen
from nijigen.avatar import Avatar
from nijigen.avatarizing.portrait import open_portrait, read_portrait
from nijigen.images.faces import opencv


def test_a_photograph_becomes_avatars(photos: Path, tmp_path: Path, command) -> None:
    out = tmp_path / "mine"
    result = command("avatarize", photos / "man-0038.jpg", "--out", out, "-n", 2, "--size", 64, "--seed", "a", "--json")
    assert result.code == 0, result
    facts = json.loads(result.out)
    read = {row["name"]: row["words"] for row in facts["readings"]}
    assert read["glasses"] == ["clear"]
    avatars = [Avatar.open(path) for path in facts["files"]]
    assert [avatar.attributes["accessory"] for avatar in avatars] == ["glasses"] * 2
    assert not (out / "sheet.png").exists()
    assert command("recreate", out / "avatar-0001.png", "--out", tmp_path / "again.png").code == 0


def test_nothing_of_the_photograph_is_kept(photos: Path, tmp_path: Path, command) -> None:
    photo = tmp_path / "secret-name.jpg"
    photo.write_bytes((photos / "man-0052.jpg").read_bytes())
    result = command("avatarize", photo, "--out", tmp_path / "mine", "-n", 1, "--size", 64)
    assert result.code == 0, result
    assert "gender: never read" in result.err
    files = [path for path in (tmp_path / "mine").iterdir() if path.is_file()]
    assert [path.name for path in files] == ["avatar-0000.png"]
    assert b"secret-name" not in files[0].read_bytes()
    assert "secret" not in json.dumps(Avatar.open(files[0]).certificate)


def test_a_sheet_shows_the_photograph_only_if_asked_for(photos: Path, tmp_path: Path, command) -> None:
    result = command("avatarize", photos / "man-0052.jpg", "--out", tmp_path / "mine", "-n", 2, "--size", 64, "--sheet")
    assert result.code == 0, result
    assert "shows the photograph" in result.err
    with Image.open(tmp_path / "mine" / "sheet.png") as sheet:
        assert sheet.size == (3 * 192 + 4, 192)
        assert not sheet.info.get("nijigen")


def test_set_wins_in_any_language_and_the_seed_repeats(photos: Path) -> None:
    photo = photos / "man-0052.jpg"
    one, two = (nijigen.avatarize(photo, seed=3, size=64, 发色="粉色")[0] for _ in range(2))
    assert one.attributes["hair_color"] == "pink"
    assert np.array_equal(one.pixels, two.pixels)
    with Image.open(photo) as image:
        assert np.array_equal(nijigen.avatarize(image, seed=3, size=64, hair_color="pink")[0].pixels, one.pixels)


def test_a_model_draws_too(photos: Path, tmp_path: Path, command) -> None:
    result = command("avatarize", photos / "man-0038.jpg", "--by", "model", "--out", tmp_path / "m", "-n", 1, "--json")
    assert result.code == 0, result
    assert Avatar.open(tmp_path / "m" / "avatar-0000.png").certificate["digest"] == json.loads(result.out)["model"]


def test_grey_pictures_tell_no_colours(photos: Path) -> None:
    with Image.open(photos / "man-0038.jpg") as image:
        readings = {one.name: one for one in read_portrait(open_portrait(image.convert("L")))}
    assert not readings["hair_color"].told
    assert "grey" in readings["hair_color"].reason
    assert not readings["skin_tone"].told
    assert readings["glasses"].words == ("clear",)


def test_of_several_faces_the_largest_is_read(photos: Path) -> None:
    with Image.open(photos / "man-0038.jpg") as large, Image.open(photos / "man-0052.jpg") as small:
        both = Image.new("RGB", (700, 400), "grey")
        both.paste(large.convert("RGB").resize((360, 360)), (20, 20))
        both.paste(small.convert("RGB").resize((220, 220)), (440, 90))
    portrait = open_portrait(both)
    assert portrait.notes == ("2 faces were found: the largest one is read",)
    assert portrait.face.box[2] < 420


def test_frames_after_the_first_are_said_not_to_count(photos: Path, tmp_path: Path) -> None:
    with Image.open(photos / "man-0038.jpg") as image:
        image.save(tmp_path / "two.png", save_all=True, append_images=[Image.new("RGB", image.size)])
    assert open_portrait(tmp_path / "two.png").notes == (
        f"{tmp_path / 'two.png'} has several frames: the first one alone",
    )


def test_wrong_pictures(faceless: Path, tmp_path: Path, command, with_opencv: None) -> None:
    out = ("--out", tmp_path / "out")
    command("avatarize", faceless, *out).refused("wall.png", "no face")
    command("avatarize", tmp_path / "none.png", *out).refused("none.png", "No such file")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    command("avatarize", tmp_path / "broken.jpg", *out).refused("broken.jpg", "corrupt")
    (tmp_path / "empty.jpg").write_bytes(b"")
    command("avatarize", tmp_path / "empty.jpg", *out).refused("empty.jpg", "0 bytes")
    Image.new("RGB", (20, 20)).save(tmp_path / "tiny.png")
    command("avatarize", tmp_path / "tiny.png", *out).refused("tiny.png", "20x20", "48")
    command("avatarize", tmp_path, *out).refused(tmp_path.name)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--by", "painter"], ["--by painter", "illustrator or model"]),
        (["--by", "illustrator", "--model", "chibi"], ["--model chibi", "leave one"]),
        (["--model", "chibi", "--size", "64"], ["--size", "nijigen enlarge"]),
        (["--by", "model", "--transparent"], ["--transparent"]),
        (["--model", "no-such-model"], ["no-such-model"]),
        (["--set", "hair_color=plaid"], ["plaid"]),
        (["--ask"], ["--ask", "terminal"]),
        (["--out", "."], ["--out", "written over"]),
    ],
)
def test_wrong_flags(
    flags: list[str], words: list[str], faceless: Path, command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(faceless.parent)
    command("avatarize", faceless.name, *flags).refused(*words)


def test_counts_out_of_range(photos: Path, tmp_path: Path, command) -> None:
    for count, said in (("0", "count 0"), ("5000", "-n 5,000")):
        command("avatarize", photos / "man-0052.jpg", "-n", count, "--out", tmp_path / "o").refused(said)
    assert not (tmp_path / "o").exists()


def test_without_opencv_one_line_says_what_to_install(faceless: Path, tmp_path: Path, command, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    opencv.opencv.cache_clear()
    try:
        command("avatarize", faceless, "--out", tmp_path / "out").refused("opencv", "nijigen[detect]")
    finally:
        opencv.opencv.cache_clear()
