"""A model as one small file: half the bytes, nearly the same pixels, its card and labels with it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from nijigen.engine.model import load
from nijigen.engine.packing import pack
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import load_package, make_card, read_weights, save_model, write_weights
from nijigen.models.registry import find_family
from nijigen.schema import AttributeSchema
from nijigen.store import find_model, read_card


def test_half_precision_is_half_the_bytes_and_nearly_the_same_avatars(tiny_run: Path, tmp_path: Path) -> None:
    full = pack(tiny_run, tmp_path / "full.safetensors", precision="full")
    half = pack(tiny_run, tmp_path / "half.safetensors")
    weights = full.parameters * 4
    assert half.bytes < full.bytes - weights * 0.45
    assert (full.largest, full.mean) == (0, 0.0)
    assert 0 < half.largest <= 4
    assert half.mean < 0.5
    assert half.digest != full.digest == load(tiny_run).digest
    assert "to the pixel" in full.line()
    assert f"{half.parameters:,} parameters" in half.line()
    assert half.as_dict()["file"] == str(tmp_path / "half.safetensors")


def test_a_packed_model_is_used_like_any_other(tiny_run: Path, tmp_path: Path) -> None:
    file = tmp_path / "small.safetensors"
    pack(tiny_run, file, rows=16, facts={"metrics": {"mean": 0.9}})
    card = read_card(file)
    assert (card["name"], card["metrics"], card["packed_from"]) == ("small", {"mean": 0.9}, load(tiny_run).digest)
    model = load(file)
    assert model.name == "small"
    avatar = model.generate(3, seed=5, hair_color="pink")[2]
    assert avatar.certificate["attributes"]["hair_color"] == "pink"
    assert (model.redraw(avatar.certificate) == avatar.pixels).all()
    package = load_package(file)
    assert 0 < len(package.label_rows) <= 16
    assert package.label_rows.dtype == torch.float32
    assert all(value.dtype == torch.float32 for value in package.generator.parameters())
    assert model.generate(2, seed=1)[0].certificate["digest"] == model.digest


def test_the_card_says_how_long_it_took_and_what_it_was_told(tiny_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_run / "model", run / "model")
    stretches = [(0, 8, 1000.0), (0, 16, 2000.0), (16, 24, 1600.0)]  # taken up again at 16
    rows = [{"images": images, "since": since, "seconds": seconds} for since, images, seconds in stretches]
    (run / "timing.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pack(run, tmp_path / "told.safetensors", facts={"note": "small"})
    card = read_card(tmp_path / "told.safetensors")
    assert (card["hours"], card["note"]) == (1.0, "small")
    pack(tmp_path / "told.safetensors", tmp_path / "again.safetensors")
    assert read_card(tmp_path / "again.safetensors")["hours"] == 1.0
    (run / "timing.jsonl").unlink()
    pack(run, tmp_path / "silent.safetensors")
    assert "hours" not in read_card(tmp_path / "silent.safetensors")


def test_transparent_avatars_are_compared_as_they_are_seen(tmp_path: Path) -> None:
    """Half precision moves the colour of what is nearly nothing by far; nobody sees that."""
    shape, family = Shape(16, 4, 0), find_family("dcgan")
    options = family.options(latent=8, width=4, discriminator_width=4, embedding=4)
    torch.manual_seed(0)
    generator = family.build(shape, options)["generator"]
    assert isinstance(generator, Generator)
    card = make_card(shape, "dcgan", options.model_dump(mode="json"), AttributeSchema(), name="clear")
    save_model(tmp_path / "clear", generator, card, torch.zeros(1, 0))
    assert pack(tmp_path / "clear", tmp_path / "full.safetensors", precision="full").largest == 0
    assert 0 < pack(tmp_path / "clear", tmp_path / "half.safetensors").largest <= 4


def test_labels_that_were_together_stay_together(tiny_run: Path, tmp_path: Path) -> None:
    before = {tuple(row.tolist()) for row in load_package(find_model(tiny_run)).label_rows}
    pack(tiny_run, tmp_path / "small.safetensors", rows=16)
    after = [tuple(row.tolist()) for row in load_package(tmp_path / "small.safetensors").label_rows]
    assert after
    assert set(after) <= before


@pytest.mark.parametrize(
    ("file", "options", "words"),
    [
        ("small.bin", {}, "a packed model is a .safetensors file"),
        ("small.safetensors", {"precision": "int8"}, "use half or full"),
        ("small.safetensors", {"rows": 3}, "--rows 3 is too small: use 16 or more"),
    ],
)
def test_what_cannot_be_packed_is_one_line(
    tiny_run: Path, tmp_path: Path, file: str, options: dict[str, object], words: str
) -> None:
    with pytest.raises(NijigenError, match=words):
        pack(tiny_run, tmp_path / file, **options)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_model_is_not_packed_onto_itself(tiny_run: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.safetensors"
    pack(tiny_run, file)
    before = file.read_bytes()
    with pytest.raises(NijigenError, match="is the model itself: give another file"):
        pack(file, file)
    assert file.read_bytes() == before


def test_numbers_that_half_precision_cannot_hold_are_refused(tiny_run: Path, tmp_path: Path) -> None:
    package = load_package(find_model(tiny_run))
    with torch.no_grad():
        next(package.generator.parameters()).flatten()[0] = 1e6
    save_model(tmp_path / "large", package.generator, dict(package.card), package.label_rows)
    with pytest.raises(NijigenError, match="beyond half precision: pack it with --precision full"):
        pack(tmp_path / "large", tmp_path / "small.safetensors")
    assert pack(tmp_path / "large", tmp_path / "small.safetensors", precision="full").largest == 0


def test_a_damaged_packed_model_is_noticed(tiny_run: Path, tmp_path: Path) -> None:
    file = tmp_path / "small.safetensors"
    pack(tiny_run, file)
    tensors, header = read_weights(file)
    name = next(name for name, value in tensors.items() if value.dtype == torch.float16 and name != "label_rows")
    tensors[name].view(-1)[0] += 1
    write_weights(file, tensors, header)
    with pytest.raises(NijigenError, match="its weights do not have the digest"):
        load(file)


def run_cli(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "nijigen", *words], capture_output=True, text=True, check=False)


def test_the_verb(tiny_run: Path, tmp_path: Path) -> None:
    facts, out = tmp_path / "evaluation.json", tmp_path / "small.safetensors"
    facts.write_text('{"kernel": 0.1}')
    done = run_cli("pack", str(tiny_run), str(out), "--facts", str(facts), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bytes"] == out.stat().st_size
    assert read_card(out)["metrics"] == {"kernel": 0.1}
    facts.write_text("[1]")
    wrong = run_cli("pack", str(tiny_run), str(out), "--facts", str(facts))
    assert wrong.returncode == 2
    assert "is no JSON object" in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1
