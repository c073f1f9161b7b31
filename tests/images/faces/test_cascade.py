"""The cascades at work, and what is said where one is missing or damaged."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.faces import opencv
from nijigen.images.faces.cascade import FAR
from nijigen.images.faces.detector import open_detector


def on_page(image, size, place, page=(800, 600), lean=0.0):
    """A picture on a larger page; ``lean`` in degrees clockwise."""
    ground = Image.new("RGB", page, (90, 140, 160))
    image = image.resize((size, size), Image.Resampling.LANCZOS)
    mask = Image.new("L", image.size, 255)
    turned, mask = (one.rotate(-lean, Image.Resampling.BICUBIC, expand=True) for one in (image, mask))
    grown = (turned.width - size) // 2
    ground.paste(turned, (place[0] - grown, place[1] - grown), mask)
    return ground


def test_a_drawn_face_is_found_where_it_is_at_any_size(anime, real):
    images = real("visual-novel-faces-64.zip", 6)
    right = 0
    for index, image in enumerate(images):
        size = (60, 100, 170, 250, 330, 420)[index]
        place = (40 + 50 * index, 30 + 20 * index)
        found = anime.find(on_page(image, size, place))
        if len(found) == 1:
            middle = [(found[0].box[axis] + found[0].box[axis + 2]) / 2 - place[axis] - size / 2 for axis in (0, 1)]
            right += abs(middle[0]) < 0.1 * size and abs(middle[1]) < 0.2 * size and 0.8 < found[0].side / size < 1.25
    assert right >= 5


def test_a_huge_page_is_looked_at_in_small_and_boxes_are_of_the_page(anime, real):
    [image] = real("visual-novel-faces-64.zip", 1)
    [face] = anime.find(on_page(image, 900, (3000, 1000), page=(2 * FAR + 1800, 2 * FAR)))
    assert 2900 < face.box[0] < 3150
    assert 800 < face.side < 1100


def test_small_faces_are_left_out(anime, real):
    [image] = real("visual-novel-faces-64.zip", 1)
    page = on_page(image, 80, (100, 100))
    assert len(open_detector("anime", 60).find(page)) == 1
    assert open_detector("anime", 120).find(page) == []


def test_what_is_see_through_lies_on_white(anime, real):
    [image] = real("visual-novel-faces-64.zip", 1)
    page = on_page(image, 120, (200, 200))
    hidden = page.copy()
    hidden.putalpha(0)
    assert len(anime.find(page)) == 1
    assert anime.find(hidden) == []


def test_the_lean_of_a_drawn_face_is_told(anime, real):
    images = real("visual-novel-faces-64.zip", 10)
    errors = []
    for index, image in enumerate(images):
        lean = (-20, -10, 10, 20)[index % 4]
        straight, leaning = (anime.find(on_page(image, 130, (150, 150), (430, 430), turn)) for turn in (0, lean))
        if len(straight) == len(leaning) == 1 and None not in (straight[0].angle, leaning[0].angle):
            errors.append(abs(leaning[0].angle - straight[0].angle - lean))
    assert len(errors) >= 8
    assert np.median(errors) < 5  # told as upright, it would be 15


def test_faces_of_people_are_found_also_where_they_fill_the_picture(photo, real):
    found = [photo.find(image) for image in real("portrait-photos-256.zip", 16)]
    assert sum(len(faces) == 1 for faces in found) >= 13
    assert sum(face.side > 128 for faces in found for face in faces) >= 11


def test_eyes_of_people_tell_the_lean(photo, real):
    errors = []
    for image in real("portrait-photos-256.zip", 12):
        straight, leaning = (photo.find(on_page(image, 160, (80, 80), (320, 320), lean)) for lean in (0, 12))
        if len(straight) == len(leaning) == 1 and straight[0].eyes and leaning[0].eyes:
            errors.append(abs(leaning[0].angle - straight[0].angle - 12))
            (x0, y0), (x1, y1) = straight[0].eyes
            left, top, right, bottom = straight[0].box
            assert left < x0 < (left + right) / 2 < x1 < right
            assert all(top < y < (top + bottom) / 2 + 0.1 * (bottom - top) for y in (y0, y1))
    assert len(errors) >= 5
    assert np.median(errors) < 2


def test_auto_takes_the_surer_of_both(anime, real):
    auto = open_detector("auto")
    people, drawn = real("portrait-photos-256.zip", 8), real("anime-faces-96.zip", 12)
    as_people = [auto.find(image) == open_detector("photo").find(image) for image in people]
    as_drawn = [auto.find(image) == open_detector("anime").find(image) for image in drawn]
    assert sum(as_people) >= 7
    assert sum(as_drawn) >= 11


def test_the_same_picture_gives_the_same_faces(anime, real):
    page = on_page(real("anime-faces-96.zip", 1)[0], 200, (100, 100))
    assert anime.find(page) == anime.find(page.copy())


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (23, 23), (5000, 30)])
@pytest.mark.parametrize("kind", ["anime", "photo"])
def test_odd_sizes_do_no_harm(size, kind, request):
    detector = request.getfixturevalue(kind)
    grey = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    assert isinstance(detector.find(Image.fromarray(grey).convert("RGB")), list)
    assert 0 <= detector.score(Image.fromarray(grey).convert("RGB")) < 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml at all",
        b"\x00\xff\xfe" * 100,
        b'<?xml version="1.0"?>\n<opencv_storage><cascade><stageType>BOOST</stageType>',
        b'<?xml version="1.0"?>\n<opencv_storage><colour>blue</colour></opencv_storage>',
        b'<?xml version="1.0"?>\n<opencv_storage></opencv_storage>',
        b"<html><body>404</body></html>",
    ],
)
def test_a_broken_cascade_is_one_line(with_opencv, data, tmp_path, capfd):
    (tmp_path / "mine.xml").write_bytes(data)
    with pytest.raises(NijigenError, match=r"mine\.xml is damaged or no cascade") as error:
        open_detector(str(tmp_path / "mine.xml"))
    assert "\n" not in str(error.value)
    assert capfd.readouterr().err == ""  # nor does OpenCV say anything of its own


def test_a_cascade_that_ends_too_early_is_one_line(with_opencv, tmp_path):
    whole = opencv.own_cascade("haarcascade_eye.xml").read_bytes()
    for end in (100, 2000, len(whole) // 2, len(whole) - 40):
        path = tmp_path / f"{end}.xml"
        path.write_bytes(whole[:end])
        with pytest.raises(NijigenError, match="is damaged or no cascade"):
            open_detector(str(path))


def test_a_cascade_of_ones_own_is_taken(with_opencv, tmp_path):
    path = tmp_path / "目.xml"
    path.write_bytes(opencv.own_cascade("haarcascade_eye.xml").read_bytes())
    assert open_detector(str(path)).name == "目.xml"


def test_a_cascade_that_is_not_there_is_one_line(with_opencv, tmp_path):
    with pytest.raises(NijigenError, match=r"cannot read .*none\.xml: No such file"):
        open_detector(str(tmp_path / "none.xml"))


def test_without_the_anime_cascade_the_line_says_what_to_put_where(with_opencv, tmp_path, monkeypatch):
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path))
    monkeypatch.delenv("NIJIGEN_WEIGHTS", raising=False)
    with pytest.raises(NijigenError) as error:
        open_detector("auto")
    assert all(part in str(error.value) for part in ("lbpcascade_animeface.xml", "https://", str(tmp_path / "weights")))


@pytest.fixture
def other_opencv(monkeypatch):
    """Puts another module, or none, in the place of cv2."""
    opencv.opencv.cache_clear()
    yield lambda module: monkeypatch.setitem(sys.modules, "cv2", module)
    opencv.opencv.cache_clear()


@pytest.mark.parametrize("kind", ["photo", "mine.xml"])
def test_without_opencv_the_line_says_what_to_install(kind, other_opencv):
    other_opencv(None)
    with pytest.raises(NijigenError, match=r'finding faces needs opencv: pip install "nijigen\[detect\]"'):
        open_detector(kind)


def test_an_opencv_without_cascades_is_told(other_opencv):
    other_opencv(type(sys)("cv2"))
    with pytest.raises(NijigenError, match=r'needs an opencv below 5: pip install "nijigen\[detect\]"'):
        open_detector("photo")


def test_the_room_is_light():
    code = "import sys, nijigen.images.faces.finder; print({'cv2', 'onnxruntime', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
