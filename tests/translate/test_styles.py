"""Which network draws: one that was trained here is as good as a published one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import nijigen
from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.models.package import make_card, save_model
from nijigen.models.registry import find_family
from nijigen.models.translator import Translator
from nijigen.schema import AttributeSchema
from nijigen.translate.styles import PUBLISHED, open_style, styles_here
from nijigen.translate.tiling import translated

SMALL = {
    "animegan": {"width": 4, "blocks": 1, "discriminator_width": 4},
    "cartoongan": {"width": 4, "blocks": 1, "discriminator_width": 4},
}


def saved(folder: Path, name: str) -> Translator:
    """A small translator, untrained, as a training leaves it."""
    family, shape = find_family(name), Shape(16, 3, 0)
    networks = family.build(shape, family.options.model_validate(SMALL[name]))
    (translator,) = (network.eval() for network in networks.values() if isinstance(network, Translator))
    card = make_card(shape, name, SMALL[name], AttributeSchema(), kind="translator")
    save_model(folder, translator, card, torch.zeros(1, 0))
    return translator


@pytest.mark.parametrize("name", SMALL)
def test_a_translator_trained_here_draws(name: str, tmp_path: Path) -> None:
    network = saved(tmp_path / "mine", name)
    pixels = np.random.default_rng(1).integers(0, 256, (30, 21, 3), np.uint8)
    made = nijigen.stylize(Image.fromarray(pixels), str(tmp_path / "mine"), face="whole", device="cpu")
    assert np.array_equal(np.asarray(made), translated(network, pixels))


def test_its_digest_is_that_of_the_model(tmp_path: Path) -> None:
    saved(tmp_path / "mine", "cartoongan")
    assert len(open_style(str(tmp_path / "mine"), "cpu").digest) == 64


def test_a_model_of_avatars_is_no_translator(plain_run: Path) -> None:
    with pytest.raises(NijigenError, match="is no translator") as caught:
        open_style(str(plain_run), "cpu")
    assert "cartoongan-hayao" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_here_is_what_can_be_opened(tmp_path: Path, plain_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models, weights = tmp_path / "models", tmp_path / "weights"
    saved(models / "ink", "cartoongan")
    (models / "faces").symlink_to(plain_run / "model")
    monkeypatch.setenv("NIJIGEN_MODELS", str(models))
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(weights))
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert styles_here() == ["ink"]
    assert open_style("ink", "cpu").name == "ink"
    (weights / PUBLISHED[0]).mkdir(parents=True)  # something of that name, but not its arrays
    assert styles_here() == ["ink"]


def test_published_weights_that_are_here_are_named_first(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(published.parent))
    assert styles_here()[0] == "cartoongan-hayao"
