"""Cards: front matter that any YAML library reads, words of anybody's, and whose a README.md is."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nijigen.cards.attributes import languages, spoken
from nijigen.cards.dataset import dataset_readme, size_category
from nijigen.cards.front_matter import ODD, front_matter
from nijigen.cards.licences import is_unknown, licence_facts
from nijigen.cards.measured import measured
from nijigen.cards.model import model_readme
from nijigen.cards.readme import is_ours, is_ours_at, keep_card, signed
from nijigen.cards.text import code, plain
from nijigen.schema import Attribute, AttributeSchema
from nijigen.store import bundled_models, read_card

AWKWARD = [
    "yes",
    "null",
    "1e3",
    "2024-01-01",
    "- a",
    "a: b",
    "# x",
    "---",
    "{",
    '"',
    "'",
    "\\",
    "\u3000",
    "\x00",
    "猫\n\n---\n",
]
TEXT = (st.text(max_size=60) | st.sampled_from(AWKWARD)).filter(lambda text: not ODD.search(text))
SCALAR = TEXT | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()


def read(text: str) -> dict[str, Any]:
    """The front matter of a card."""
    assert text.startswith("---\n")
    found: dict[str, Any] = yaml.safe_load(text[4 : text.index("\n---\n", 3) + 1])
    return found


@given(st.dictionaries(TEXT.filter(bool), TEXT | st.lists(SCALAR, min_size=1, max_size=4) | SCALAR, max_size=5))
def test_a_yaml_library_reads_what_was_written(facts: dict[str, Any]) -> None:
    clean = {key: value for key, value in facts.items() if value != "" and value != []}
    assert (read(front_matter(facts)) or {}) == clean


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "c"]), SCALAR.filter(lambda one: one != ""), min_size=1), max_size=3
    )
)
def test_lists_of_mappings_too(rows: list[dict[str, Any]]) -> None:
    facts = {"model-index": rows, "deep": {"inner": rows, "word": "x"}}
    expected = {"model-index": rows, "deep": {"inner": rows, "word": "x"}} if rows else {"deep": {"word": "x"}}
    assert read(front_matter(facts)) == expected


@pytest.mark.parametrize("odd", ["\udcff", "\x85", "\u2028", "\u2029", "\ufeff", "\x7f"])
def test_an_odd_character_becomes_one_that_can_be_written(odd: str) -> None:
    text = front_matter({"name": f"bad {odd} name"})
    assert read(text) == {"name": "bad \ufffd name"}
    text.encode()


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("CC0-1.0", {"license": "cc0-1.0"}),
        ("cc by sa 4.0", {"license": "cc-by-sa-4.0"}),
        ("CC0", {"license": "cc0-1.0"}),
        ("Apache 2.0", {"license": "apache-2.0"}),
        ("GPL-3.0-or-later", {"license": "gpl-3.0"}),
        ("unknown", {"license": "unknown"}),
        ("", {"license": "unknown"}),
        ("mixed: CC-BY-4.0, MIT", {"license": "other", "license_name": "mixed"}),
        ("mine, ask me", {"license": "other", "license_name": "mine-ask-me"}),
        ("お願いします", {"license": "other", "license_name": "other"}),
        (
            "see https://example.org/terms please",
            {
                "license": "other",
                "license_name": "see-https-example.org-terms-please",
                "license_link": "https://example.org/terms",
            },
        ),
    ],
)
def test_licences(licence: str, expected: dict[str, str]) -> None:
    assert licence_facts(licence) == expected


@pytest.mark.parametrize("text", ["", "unknown", " Unknown ", None, "mixed: CC0-1.0, unknown"])
def test_what_says_nothing_of_some_pictures(text: object) -> None:
    assert is_unknown(text)


@pytest.mark.parametrize("text", ["CC0-1.0", "mixed: CC0-1.0, MIT", "of unknown painters, public domain"])
def test_what_says_something_of_all(text: str) -> None:
    assert not is_unknown(text)


@given(TEXT, TEXT, TEXT)
def test_cards_of_any_names_are_read_by_the_hubs_own_library(name: str, licence: str, origin: str) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed: the extra [hub]")
    told = {"name": name, "digest": "0" * 64, "count": 3, "provenance": origin, "licence": licence}
    metrics = {"quick.kernel": 0.25, "samples": 100, "extractor": name}
    card = {"name": name, "licence": licence, "family": name, "resolution": 16, "dataset": told, "metrics": metrics}
    text = model_readme(card, ["samples.png"], "a/b")
    text.encode("utf-8", "replace")
    loaded = hub.ModelCard(text)
    assert loaded.data.library_name == "nijigen"
    assert loaded.data.pipeline_tag == "unconditional-image-generation"
    assert isinstance(loaded.data.license, str)
    assert text.count("\n# ") == 1  # no name begins a heading of its own
    assert is_ours(text)
    info = dataset_info(licence=licence, provenance=origin, source=name)
    again = hub.DatasetCard(dataset_readme(info, name, "a/b"))
    assert again.data.size_categories == ["n<1K"]
    assert again.data.license == loaded.data.license


def dataset_info(**more: Any) -> dict[str, Any]:
    """A ``dataset.json`` in memory."""
    schema = AttributeSchema([Attribute("hair_color", ("black", "pink")), Attribute("tilt", range=(-10.0, 10.0))])
    return {
        "format": "nijigen-dataset",
        "version": 1,
        "count": 64,
        "resolution": 16,
        "channels": 3,
        "schema": schema.to_json(),
        "labels": {"labelled": 60, "counts": {"hair_color": {"black": 40, "pink": 20}, "tilt": {"labelled": 7}}},
        "dropped": {"near_duplicate": 4},
        "source": "faces.zip",
        "licence": "CC-BY-4.0",
        "provenance": "https://example.org",
        "digest": "ab" * 32,
        "shards": [{"file": "shard-00000.tar", "count": 64, "bytes": 10, "sha256": "cd" * 32}],
        **more,
    }


def test_a_data_set_card_says_what_is_in_it() -> None:
    text = dataset_readme(dataset_info(), "faces")
    facts = read(text)
    assert facts["task_categories"] == ["unconditional-image-generation", "image-classification"]
    assert facts["configs"][0]["data_files"] == [{"split": "train", "path": ["shard-00000.tar"]}]
    assert facts["language"] == ["en"]
    for words in (
        "60 of 64 pictures",
        "black (40), pink (20)",
        "-10 to 10 (7 pictures)",
        "near duplicate | 4",
        "CC-BY-4.0",
    ):
        assert words in text
    unlabelled = dataset_readme(dataset_info(schema=AttributeSchema().to_json(), licence="unknown"), "faces")
    assert read(unlabelled)["task_categories"] == ["unconditional-image-generation"]
    assert "Nobody said" in unlabelled
    assert "language" not in read(unlabelled)


@pytest.mark.parametrize(
    ("count", "word"), [(1, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (99_999, "10K<n<100K"), (10**9, "n>1B")]
)
def test_size_categories(count: int, word: str) -> None:
    assert size_category(count) == word


def test_the_bundled_model_has_a_card_with_its_measured_numbers() -> None:
    card = read_card(bundled_models() / "chibi.safetensors")
    text = model_readme(card, ["samples.png", "onnx/mapping.onnx", "onnx/synthesis.onnx"], "someone/chibi")
    facts = read(text)
    assert facts["license"] == "cc0-1.0"
    assert facts["language"] == ["en", "zh", "ja"]
    assert "onnx" in facts["tags"]
    found = {row["type"]: row for row in facts["model-index"][0]["results"][0]["metrics"]}
    assert found["frechet_distance"]["value"] == card["metrics"]["metrics"]["frechet_distance"]
    assert "labeler features, 3000 samples" in found["frechet_distance"]["name"]
    count = f"{card['dataset']['count']:,} pictures"
    for words in ("`labeler`", "3,000 samples", count, card["digest"], "nijigen pull someone/chibi"):
        assert words in text
    assert "![What it makes](samples.png)" in text
    assert "samples.png" not in model_readme(card)


def test_a_damaged_card_gives_a_card_all_the_same() -> None:
    for card in ({}, {"dataset": 3, "metrics": [], "schema": {"x": 1}, "recipe": "r", "origin": 4, "blend": 5}):
        assert read(model_readme(card))["license"] == "unknown"


def test_numbers_that_are_none_are_no_metrics() -> None:
    assert measured({"metrics": {"quick.kernel": float("nan"), "precision": True, "recall": "much"}}).rows == []
    assert "Nobody has measured it" in measured({}).text()


def test_a_word_to_try_is_one_that_a_shell_leaves_alone() -> None:
    odd, usual = Attribute("mood", ("a b", "$(x)")), Attribute("hair_color", ("black", "pink"))
    assert spoken((odd, usual)) == " --set hair_color=pink"
    assert spoken((odd,)) == ""
    assert languages(AttributeSchema([odd]).to_json()) == ["en"]


@given(TEXT)
def test_words_of_anybody_stay_on_their_line(text: str) -> None:
    assert "\n" not in plain(text)
    assert "\n" not in code(text)
    assert code(text).count("`") == 2
    assert "<" not in plain(text).replace("\\<", "")


@given(TEXT)
def test_a_signed_card_is_ours_until_a_word_changes(text: str) -> None:
    card = signed(text)
    assert is_ours(card)
    assert is_ours(card.replace("\n", "\r\n"))
    assert not is_ours("x" + card)
    assert not is_ours(card + "more")


def test_only_our_own_card_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    assert keep_card(tmp_path, signed("one"))
    assert keep_card(tmp_path, signed("two"))
    assert path.read_text().startswith("two")
    path.write_text(path.read_text().replace("two", "2"))
    assert not keep_card(tmp_path, signed("three"))
    assert path.read_text().startswith("2")
    path.write_bytes(b"\xff\xfe binary")
    assert not keep_card(tmp_path, signed("three"))
    path.unlink()
    path.mkdir()
    assert not keep_card(tmp_path, signed("three"))
    assert not is_ours_at(tmp_path / "nothing.md")


def test_a_finished_run_has_a_card_and_samples(tiny_run: Path) -> None:
    model = tiny_run / "model"
    text = (model / "README.md").read_text("utf-8")
    assert is_ours(text)
    assert read(text)["tags"][:5] == ["nijigen", "anime", "avatar", "gan", "dcgan"]
    for words in (
        "`hair_color`",
        "pink",
        "![What it makes](samples.png)",
        json.loads((model / "card.json").read_text())["digest"],
    ):
        assert words in text
    newest = max((tiny_run / "samples").glob("*.png"))
    assert (model / "samples.png").read_bytes() == newest.read_bytes()


def test_training_on_leaves_a_persons_readme(tiny_recipe: Any, tiny_train: Any, tmp_path: Path, capsys: Any) -> None:
    run = tmp_path / "run"
    tiny_train(tiny_recipe(images=32), run)
    readme = run / "model" / "README.md"
    assert "32 pictures, counting" in readme.read_text("utf-8")
    tiny_train(tiny_recipe(images=48), run)
    assert "48 pictures, counting" in readme.read_text("utf-8")  # ours: written anew
    readme.write_text("# Mine\n")
    tiny_train(tiny_recipe(images=64), run, quiet=False)
    assert readme.read_text() == "# Mine\n"
    assert capsys.readouterr().out.count("README.md is somebody's own") == 1


def test_prepare_writes_a_card_and_leaves_a_persons(tiny_dataset: Path, tmp_path: Path) -> None:
    from PIL import Image

    from nijigen.data import prepare

    assert is_ours((tiny_dataset / "README.md").read_text("utf-8"))
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    for index in range(3):
        Image.effect_noise((32, 32), 60 + index).convert("RGB").save(source / f"{index}.png")

    def run(**more: Any) -> list[str]:
        lines: list[str] = prepare(source, out, size=16, junk=False, quiet=True, workers=1, **more).lines()
        return lines

    run()
    assert "Licence: **unknown**" in (out / "README.md").read_text("utf-8")
    digest = json.loads((out / "dataset.json").read_text())["digest"]
    run(licence="MIT", provenance="me")
    assert "Licence: **MIT**" in (out / "README.md").read_text("utf-8")
    run(licence="MIT", provenance="me", smooth_edges=True)
    assert "smoothed-" in (out / "README.md").read_text("utf-8")
    (out / "README.md").write_text("# Mine\n")
    assert any("somebody's own" in line for line in run(licence="CC0-1.0", provenance="me"))
    assert (out / "README.md").read_text() == "# Mine\n"
    assert json.loads((out / "dataset.json").read_text())["digest"] == digest
