import io
import pickle

import numpy as np
import pytest
from PIL import Image

from nijigen.crew import in_order
from nijigen.errors import NijigenError
from nijigen.images.faces.finder import FaceFinder, score


def cut_bytes(task: tuple[FaceFinder, bytes]) -> list[bytes]:
    finder, data = task
    with Image.open(io.BytesIO(data)) as image:
        return [crop.tobytes() for crop in finder.cut(image.convert("RGB"))]


def noise(width, height):
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"margin": -0.1}, "--margin -0.1: use a share of the face's side, 0 to 3"),
        ({"margin": 3.5}, "--margin 3.5"),
        ({"margin": float("nan")}, "--margin nan"),
        ({"least": 0}, "--least 0: use a number of pixels"),
        ({"most": 0}, "most=0"),
    ],
)
def test_wrong_numbers_are_one_line(options, says):
    with pytest.raises(NijigenError, match=says):
        FaceFinder(**options)


@pytest.mark.parametrize("kind", ["faces", "", "off", "anime.pt"])
def test_a_wrong_kind_is_one_line_before_the_work_begins(kind):
    with pytest.raises(NijigenError, match=f"--faces {kind}: use auto, anime, photo, off, or a file"):
        FaceFinder(kind).check()


def test_known_boxes_are_cut_without_looking():
    image = noise(300, 200)
    boxes = [(200, 20, 260, 80), (40, 60, 80, 100), (100, 100, 110, 110), (float("nan"), 0, 5, 5), (9, 9, 3, 3)]
    crops = FaceFinder("no-such-detector", margin=0.5, least=20).cut(image, known=boxes)
    places = [(20, 40, 100, 120), (170, -10, 290, 110)]
    assert [crop.size for crop in crops] == [(80, 80), (120, 120)]
    assert crops[0].tobytes() == image.crop(places[0]).tobytes()
    assert np.array_equal(np.asarray(crops[1])[10:], np.asarray(image.crop((170, 0, 290, 110))))


def test_of_too_many_faces_the_largest_stay_left_to_right():
    boxes = [(0, 0, 50, 50), (60, 0, 90, 30), (100, 0, 140, 40), (150, 0, 210, 60)]
    crops = FaceFinder(margin=0, most=2).cut(noise(300, 200), known=boxes)
    assert [crop.width for crop in crops] == [50, 60]


def test_other_processes_cut_the_same(network, spot):
    finder = FaceFinder(str(network()), margin=0.2)
    assert pickle.loads(pickle.dumps(finder)) == finder
    tasks = []
    for place in (20, 60, 130):
        buffer = io.BytesIO()
        spot((256, 192), (place, place, place + 50, place + 50)).save(buffer, "PNG")
        tasks.append((finder, buffer.getvalue()))
    here = [cut_bytes(task) for task in tasks]
    assert [len(crops) for crops in here] == [1, 1, 1]
    assert list(in_order(cut_bytes, tasks, workers=2)) == here


def test_several_faces_of_a_page_are_cut_out(anime, real):
    page = Image.new("RGB", (700, 500), "seagreen")
    faces = [image.resize((120, 120)) for image in real("visual-novel-faces-64.zip", 3)]
    places = [(480, 40), (60, 60), (250, 300)]
    for image, place in zip(faces, places, strict=True):
        page.paste(image, place)
    crops = FaceFinder("anime").cut(page)
    assert len(crops) == 3
    # Left to right; the box is about the picture, so the crop is half as large again and the picture is in its middle.
    for crop, image in zip(crops, (faces[1], faces[2], faces[0]), strict=True):
        assert 150 < crop.width < 210
        middle = crop.resize((64, 64)).crop((24, 24, 40, 40))
        wanted = image.resize((43, 43)).crop((13, 13, 29, 29))
        assert np.abs(np.asarray(middle, float).mean((0, 1)) - np.asarray(wanted, float).mean((0, 1))).max() < 25
    assert FaceFinder("anime", least=220).cut(page) == []


def test_pictures_that_are_faces_already_stay_as_they_are(anime, real):
    finder = FaceFinder("auto")
    images = real("anime-faces-96.zip", 12)
    crops = [finder.cut(image) for image in images]
    assert sum(len(found) == 1 and found[0] is image for found, image in zip(crops, images, strict=True)) >= 11


def test_the_score_tells_faces_from_what_is_none(anime, real):
    drawn = [score(image) for image in real("anime-faces-96.zip", 20)]
    ground = np.random.default_rng(3)
    others = [
        score(Image.fromarray(ground.integers(0, 256, (6, 6, 3), np.uint8)).resize((96, 96), Image.Resampling.BICUBIC))
        for _ in range(20)
    ]
    assert sorted(drawn)[2] > 0.5
    assert sorted(others)[-3] < 0.5
    assert all(0 <= value < 1 for value in drawn + others)
