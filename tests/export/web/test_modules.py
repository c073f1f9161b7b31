"""What the page computes is what nijigen computes: seeds, noise, words, pixels, PNG files."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from nijigen.avatar import Avatar, pixel_digest
from nijigen.engine.filling import draw_labels
from nijigen.export.web.facts import colours_of, words_of
from nijigen.images.convert import to_pixels
from nijigen.models.package import Package, load_package
from nijigen.schema import Attribute, AttributeSchema
from nijigen.seeds import SEED_LIMIT, derive, seed_number
from nijigen.store import find_model

InNode = Callable[..., Any]
SEEDS = [0, 1, 7, 2**31, 2**32 - 1, 2**32 + 5, 2**53 + 1, SEED_LIMIT - 1, *range(1000, 1040)]
TEXTS = [
    "0", "7", "0007", "alice", "爱丽丝", "e\u0301", "\u00e9", "👩‍🎤", "", " 7", "9223372036854775807",
    "9223372036854775808", "0" * 400, "9" * 400, "٣",
]  # fmt: skip


@pytest.fixture(scope="module")
def chibi() -> Package:
    return load_package(find_model("chibi"))


def test_seeds(in_node: InNode) -> None:
    found = in_node("seeds", "texts.map((text) => String(seeds.seedNumber(text)))", texts=TEXTS)
    assert found == [str(seed_number(text)) for text in TEXTS]
    assert in_node("seeds", '[seeds.seedNumber("-3"), String(seeds.derive("z", 5n, "é"))]') == [
        None,
        str(derive("z", 5, "é")),
    ]


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 1000])
def test_sha256(length: int, in_node: InNode) -> None:
    found = in_node("sha256", f"sha256.sha256Hex(Uint8Array.from({{length: {length}}}, (_, i) => i * 7))")
    assert found == hashlib.sha256(bytes(i * 7 % 256 for i in range(length))).hexdigest()


# Torch fills in two ways, below 16 numbers and from there on, and ends on a block that is drawn again.
@pytest.mark.parametrize("width", [1, 2, 15, 16, 17, 31, 32, 64, 100, 208, 512, 1300])
def test_noise(width: int, in_node: InNode) -> None:
    found = in_node(
        "noise",
        "seeds.map((seed) => [...noise.noiseOf(BigInt(seed), width)])",
        seeds=list(map(str, SEEDS)),
        width=width,
    )
    wanted = [torch.randn(width, generator=torch.Generator().manual_seed(derive(seed, "z"))) for seed in SEEDS]
    assert (torch.tensor(found) - torch.stack(wanted)).abs().max() <= 1e-6


def drawn(in_node: InNode, schema: AttributeSchema, rows: torch.Tensor, asked: list[dict[str, Any]]) -> Any:
    return in_node(
        "schema",
        "asked.map((wanted) => seeds.map((seed) => schema.drawLabels(known, rows, BigInt(seed), wanted)))"
        .replace("known", "schema.readSchema(card)").replace("rows,", "Float32Array.from(rows),"),
        card={"schema": schema.to_json()}, rows=rows.flatten().tolist(), seeds=list(map(str, SEEDS)), asked=asked,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"hair_color": "pink"},
        {"hair_color": "pink", "gender": "boy", "accessory": "crown", "outfit": "kimono", "hair_style": "hime"},
        {"tilt": 3.3},
        {"expression": "laugh", "hair_color": "pink", "accessory": "crown", "outfit": "kimono"},
        {"blush": 0.5, "hair_color": "blue", "eye_size": 0.8},
    ],
)
def test_words(wanted: dict[str, Any], in_node: InNode, chibi: Package) -> None:
    (found,) = drawn(in_node, chibi.schema, chibi.label_rows, [wanted])
    expected = [draw_labels(chibi.schema, chibi.label_rows, seed, wanted, {}) for seed in SEEDS]
    assert found == expected
    assert [list(one) for one in found] == [list(one) for one in expected]  # in the order of the schema


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 40),
    known=st.sampled_from([0.7, 0.1]),
    share=st.floats(0, 1),
    limits=st.sampled_from([(0.0, 1.0), (-9e4, 3e5), (0.0, 1e-3)]),
)
def test_words_of_any_rows(
    seed: int, count: int, known: float, share: float, limits: tuple[float, float], in_node: InNode
) -> None:
    schema = AttributeSchema(
        [Attribute("mood", ("sad", "glad")), Attribute("size", range=limits), Attribute("hair", ("a", "b", "c"))]
    )
    random = np.random.default_rng(seed)
    low, high = limits
    labels = [
        {
            **({"mood": str(random.choice(["sad", "glad"]))} if random.random() < 0.7 else {}),
            **({"size": float(random.uniform(low, high))} if random.random() < 0.7 else {}),
            **({"hair": str(random.choice(["a", "b", "c"]))} if random.random() < known else {}),
        }
        for _ in range(count)
    ]
    rows = torch.from_numpy(np.stack([schema.encode(row) for row in labels]))
    asked: list[dict[str, Any]] = [{}, {"hair": "b"}, {"mood": "sad", "size": low + (high - low) * share}]
    found = drawn(in_node, schema, rows, asked)
    for wanted, own in zip(asked, found, strict=True):
        for number, labels_found in zip(SEEDS, own, strict=True):
            assert labels_found == draw_labels(schema, rows, number, schema.normalize(wanted), {})


def test_label_vectors(in_node: InNode, chibi: Package) -> None:
    labels = draw_labels(chibi.schema, chibi.label_rows, 3, {"tilt": -11.25}, {})
    found = in_node(
        "schema",
        "[...schema.encode(schema.readSchema(card), labels)]",
        card={"schema": chibi.schema.to_json()},
        labels=labels,
    )
    assert np.array_equal(np.array(found, np.float32), chibi.schema.encode(labels))


@pytest.mark.parametrize(("channels", "side", "resolution"), [(3, 8, 8), (4, 8, 8), (4, 4, 16), (3, 4, 8)])
def test_pixels(channels: int, side: int, resolution: int, in_node: InNode) -> None:
    image = torch.randn(1, channels, side, side, generator=torch.Generator().manual_seed(1)) * 0.8
    image[0, :, 0, 0] = -1.0
    image[0, :, 0, 1] = torch.tensor([0.5, 1.5, 128.5, 255.0][:channels]).sub(127.5).div(127.5)
    found = in_node(
        "pixels", f"[...pixels.toPixels(Float32Array.from(image), {channels}, {side}, {resolution})]",
        image=image.flatten().tolist(),
    )  # fmt: skip
    expected = to_pixels(image, resolution)[0]
    assert np.array_equal(np.array(found, np.uint8).reshape(expected.shape), expected)


@pytest.mark.parametrize("channels", [3, 4])
def test_png(channels: int, in_node: InNode, tmp_path: Path) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (16, 16, channels), np.uint8)
    facts = {"format_version": 1, "kind": "model", "seed": 2**62 + 1, "attributes": {"mood": "“froh” 粉色 \n\\"}}
    found = in_node(
        "png avatar",
        "png.encodePng(Uint8Array.from(pixels), 16, channels, avatar.toJson({...facts, seed: BigInt(number)}), xmp)"
        ".then(async (file) => [...new Uint8Array(await file.arrayBuffer())])",
        pixels=pixels.flatten().tolist(), channels=channels, facts=facts, number=str(facts["seed"]), xmp="<x>粉</x>",
    )  # fmt: skip
    (tmp_path / "made.png").write_bytes(bytes(found))
    avatar = Avatar.open(tmp_path / "made.png")
    assert np.array_equal(avatar.pixels, pixels)
    assert avatar.certificate == facts
    with Image.open(tmp_path / "made.png") as image:
        assert image.info["xmp"] == "<x>粉</x>".encode()


def test_certificates_say_what_was_done(in_node: InNode, chibi: Package) -> None:
    site = {
        "name": "chibi", "digest": "d" * 64, "resolution": 2, "channels": 3, "precision": "fp16",
        "runtime": {"version": "1.2.3"},
    }  # fmt: skip
    found = in_node(
        "avatar",
        """(() => {
            const other = avatar.newAvatar(9n, {mood: "glad"}, null);
            const one = {...avatar.newAvatar(8n, {mood: "sad", hair: "a"}, 0.7), pixels: Uint8Array.from(pixels)};
            one.set = {mood: "glad"};
            one.mix = {other, share: 0.25, layers: "0-3"};
            return JSON.parse(avatar.toJson(avatar.certificateOf(one, site, {backend: "wasm", threads: 2})));
        })()""",
        site=site, pixels=list(range(12)),
    )  # fmt: skip
    assert found["pixels"] == pixel_digest(np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    assert found["engine"] == "onnxruntime-web 1.2.3 wasm fp16"
    assert (found["attributes"], found["born"]) == ({"mood": "glad", "hair": "a"}, {"mood": "sad", "hair": "a"})
    assert found["truncation"] == 0.7
    assert found["edits"] == [
        {"kind": "set", "attributes": {"mood": "glad"}},
        {
            "kind": "mix", "layers": "0-3", "share": 0.25,
            "other": {"seed": 9, "attributes": {"mood": "glad"}, "edits": []},
        },
    ]  # fmt: skip


def test_every_text_is_there_in_three_languages(in_node: InNode, page: Path) -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in [page / "index.html", *(page / "js").glob("*.js")])
    keys = set(re.findall(r'data-t(?:-label)?="(\w+)"', source)) | set(re.findall(r'\btext\("(\w+)"', source))
    assert len(keys) > 30
    for language in ("en", "zh", "ja"):
        found = in_node(
            "words",
            "(() => { words.setLanguage(language); return keys.map((key) => words.text(key, 1, 2, 3, 4, 5, 6)); })()",
            language=language, keys=sorted(keys),
        )  # fmt: skip
        assert all(found)
        assert not any("undefined" in one or "{" in one for one in found)


def test_colours_are_shown_where_all_are_known(chibi: Package) -> None:
    colours = colours_of(chibi.schema)
    assert set(colours) == {"hair_color", "eye_color", "skin_tone"}
    for name, values in colours.items():
        assert tuple(values) == chibi.schema[name].values
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in values.values())
    assert colours_of(AttributeSchema([Attribute("hair_color", ("black", "plaid"))])) == {}
    assert words_of(chibi.schema)["hair_color"]["values"]["pink"]["zh"] == "粉色"
    json.dumps(words_of(chibi.schema))
