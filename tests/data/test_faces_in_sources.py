"""Faces out of pictures of a source: boxes turn with their picture, and tags do not say whose hair is pink."""

import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from nijigen.data import Dataset, prepare
from nijigen.data.facts import Facts
from nijigen.data.sources import FolderSource
from nijigen.data.work import Work, process
from nijigen.images.faces.finder import FaceFinder

UNDO = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # how a camera stores what a viewer has to turn


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_box_of_a_turned_picture_is_cut_out_where_the_face_is(folder, orientation):
    upright = Image.new("RGB", (200, 120), "white")
    upright.paste("red", (20, 30, 60, 70))
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(UNDO[orientation]))
    red = (np.asarray(stored) == (255, 0, 0)).all(axis=2)
    rows, columns = np.nonzero(red.any(axis=1))[0], np.nonzero(red.any(axis=0))[0]
    box = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    stored.save(buffer, "PNG", exif=exif.tobytes())
    source = FolderSource(folder({"page.png": buffer.getvalue()}))
    work = Work(source, 32, 3, "crop", 16, faces=FaceFinder(margin=0.0, least=1))
    [[outcome]] = process((work, [(source.listing().pictures[0], Facts(boxes=(box,)))]))
    assert outcome.reason == ""
    with Image.open(io.BytesIO(outcome.data)) as face:
        assert np.asarray(face).reshape(-1, 3).tolist() == [[255, 0, 0]] * 32 * 32


@pytest.fixture
def detector(tmp_path):
    """A network that finds two faces in every picture of more than 150 pixels across, else one."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: the extra [dev]")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: the extra [onnx]")
    helper, types = onnx.helper, onnx.TensorProto
    nodes = [
        helper.make_node("Shape", ["images"], ["shape"]),
        helper.make_node("Gather", ["shape", "last"], ["width"], axis=0),
        helper.make_node("Div", ["width", "half"], ["count"]),  # 1 or 2
        helper.make_node("Slice", ["all_boxes", "zero", "count"], ["boxes"]),
        helper.make_node("Slice", ["all_scores", "zero", "count"], ["scores"]),
    ]
    constants = [
        helper.make_tensor("last", types.INT64, [1], [3]),
        helper.make_tensor("half", types.INT64, [1], [90]),
        helper.make_tensor("zero", types.INT64, [1], [0]),
        helper.make_tensor("all_boxes", types.FLOAT, [2, 4], [10, 10, 70, 70, 110, 10, 170, 70]),
        helper.make_tensor("all_scores", types.FLOAT, [2], [0.9, 0.9]),
    ]
    graph = helper.make_graph(
        nodes, "two",
        [helper.make_tensor_value_info("images", types.UINT8, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("boxes", types.FLOAT, ["n", 4]),
         helper.make_tensor_value_info("scores", types.FLOAT, ["n"])],
        constants,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path = tmp_path / "two.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def packed(path, rows):
    with tarfile.open(path, "w") as file:
        for name, data in rows:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_tags_label_no_face_of_several(picture, detector, tmp_path, workers):
    rows = []
    for number in range(6):
        width = 192 if number % 2 else 96
        rows.append((f"{number}.jpg", picture(number, width, 96, "JPEG")))
        rows.append((f"{number}.txt", b"1girl, pink hair, smile"))
        rows.append((f"{number}.json", json.dumps({"eye_color": "blue"}).encode()))
    source = packed(tmp_path / "tagged.tar", rows)
    found = prepare(source, tmp_path / "out", size=32, faces=str(detector), least=8, tags="danbooru", junk=False,
                    workers=workers, quiet=True)  # fmt: skip
    labels = {sample.file: sample.labels for sample in Dataset.open(tmp_path / "out").samples()}
    assert found.kept == len(labels) == 3 + 2 * 3
    for file, row in labels.items():
        assert row["eye_color"] == "blue"  # the data set says it, and not a tag
        assert ("hair_color" in row) == (int(file[0]) % 2 == 0)
    assert any("3 pictures show several faces; their tags label none" in line for line in found.lines())
    alone = prepare(source, tmp_path / "whole", size=32, faces="off", tags="danbooru", junk=False, quiet=True)
    assert alone.labels["hair_color"] == {"pink": 6}
    assert not any("several faces" in line for line in alone.lines())
