"""The reader in docs/sharing.md makes the pictures of nijigen, and needs nothing of it."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.models.contract import Shape
from nijigen.models.package import make_card, save_model
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sharing.md"
SCHEMA = AttributeSchema([Attribute("hair_color", ("black", "pink")), Attribute("tilt", range=(-10.0, 10.0))])


@pytest.fixture(scope="module")
def reader() -> dict[str, Any]:
    """What the document defines, before it opens a model."""
    block = re.search(r"^```python\n(import hashlib.*?)^card, weights = read", DOCUMENT.read_text("utf-8"), re.S | re.M)
    assert block is not None
    assert "nijigen" not in block[1].replace('["nijigen"]', "")
    found: dict[str, Any] = {}
    exec(compile(block[1], "docs/sharing.md", "exec"), found)
    return found


@pytest.mark.parametrize("family", ["dcgan", "wgan"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(("norm", "schema"), [("batch", SCHEMA), ("conditional", SCHEMA), ("batch", AttributeSchema())])
def test_the_reader_makes_the_same_pictures(
    reader: dict[str, Any], tmp_path: Path, family: str, channels: int, norm: str, schema: AttributeSchema
) -> None:
    torch.manual_seed(1)
    options = find_family(family).options.model_validate({"width": 8, "latent": 12, "generator_norm": norm})
    shape = Shape(32, channels, schema.width)
    generator = find_family(family).build(shape, options)["generator"]
    for value in generator.state_dict().values():  # as if it had learned: no scale is 1, no mean 0
        if value.is_floating_point():
            value += 0.1 * torch.randn_like(value) if value.ndim == 4 else 0.3 * torch.rand_like(value)
    generator.eval()
    card = make_card(shape, family, options.model_dump(mode="json"), schema)
    save_model(tmp_path, generator, card, torch.zeros(1, schema.width))
    told, weights = reader["read"](tmp_path / "generator.safetensors")
    z = torch.cat([reader["noise"](told, seed) for seed in (3, 4)])
    assert torch.equal(z, generator.noise([3, 4]))
    words = [{"hair_color": "pink", "tilt": 2.5}, {"tilt": -10.0}] if schema.width else [{}, {}]
    labels = torch.cat([reader["label"](told, **row) for row in words])
    assert torch.allclose(labels, torch.stack([torch.from_numpy(schema.encode(row)) for row in words]))
    exact = {name: value.double() for name, value in weights.items()}  # in float32 the order of sums shows
    with torch.no_grad():
        expected = generator.double()(z.double(), labels.double())
    assert expected.std() > 0.03  # not a picture of nothing
    assert (reader["pictures"](told, exact, z.double(), labels.double()) - expected).abs().max() < 1e-9
