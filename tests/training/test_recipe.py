"""Recipes: complete files, validated before anything is built; whatever is given, a Recipe or a NijigenError comes."""

import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.data import prepare
from nijigen.errors import NijigenError
from nijigen.models.registry import families, find_family
from nijigen.training.adapting import needs_model
from nijigen.training.recipe import Recipe, load_recipe, recipe_names, to_toml

Make = Callable[..., Any]
SOME = "dcgan-64"


def keys(table: dict[str, Any], prefix: str = "") -> list[str]:
    """Every key of nested tables, dotted."""
    found: list[str] = []
    for key, value in table.items():
        found += keys(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key]
    return found


KEYS = keys(load_recipe(SOME).model_dump(mode="json"))


@pytest.mark.parametrize("name", recipe_names())
def test_a_shipped_recipe_is_complete(name: str) -> None:
    """What it leaves unsaid would be a default that changes under its reader's feet."""
    own = tomllib.loads(files("nijigen").joinpath("recipes", f"{name}.toml").read_text("utf-8"))
    recipe = load_recipe(name)
    assert sorted(keys(own)) == sorted(keys(recipe.model_dump(mode="json")))
    assert recipe.name == name
    assert recipe.description


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.slow if load_recipe(n).resolution > 64 else ())
        for n in recipe_names()
        if not needs_model(load_recipe(n))  # tests/training/test_adapting.py has a model for it to begin from
    ],
)
def test_a_shipped_recipe_trains(
    name: str, shrunken_dataset: Make, tiny_train: Make, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Two steps at its own resolution and reduced width; growing is tried in the tests of the families."""
    recipe = load_recipe(name)
    small = [f"network.{key}=4" for key, value in recipe.network.items() if key.endswith("width") and value]
    small += ["growth.start=0", "growth.fade=0", "growth.stable=0", "growth.batch={}", "growth.rate={}"]
    kind = find_family(recipe.family).kind
    request.getfixturevalue("full_vgg" if kind == "painter" else "eyes")
    translates = kind == "translator"
    dataset = shrunken_dataset(recipe.resolution, recipe.channels, recipe.lesson.weight > 0, translates)
    given: dict[str, Any] = {"dataset": dataset}
    if kind != "avatars":
        given = {"dataset": None, "photos": dataset, "drawings": dataset}
        small += ["translation.initial=4"] if recipe.translation.initial else []
    small += ["lesson.alone=4"] if recipe.lesson.weight else []
    batch = 2 if kind == "painter" else 4  # VGG sees every picture of a painter several times, at full width
    overrides = [*small, f"batch={batch}", f"micro_batch={batch // 2 if recipe.micro_batch else 0}"]
    trained = tiny_train(name, tmp_path / "run", overrides=overrides, images=2 * batch, **given)
    assert trained.images == 2 * batch
    assert (trained.model / "generator.safetensors").is_file()


@pytest.fixture(scope="module")
def shrunken_dataset(tiny_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    made: dict[tuple[int, int, bool, bool], Path] = {}

    def make(size: int, channels: int, drawings: bool, twins: bool) -> Path:
        which = (size, channels, drawings, twins)
        if which not in made:
            made[which] = tmp_path_factory.mktemp("sized") / "data"
            source = "chibi:16" if drawings else tiny_dataset.parent / "source"
            prepare(
                source,
                made[which],
                size=size,
                channels=channels,
                min_size=1,
                workers=1,
                quiet=True,
                junk=False,
                smooth_edges=twins,
            )
        return made[which]

    return make


@pytest.mark.parametrize("name", recipe_names())
def test_toml_round_trip(name: str, tmp_path: Path) -> None:
    several = load_recipe(name).labels != "none"  # translators have no labels to balance
    paints = find_family(load_recipe(name).family).kind == "painter"
    others = ['painting.layers=["conv1_1", "conv2_2"]'] if paints else ["network.encoder_attention=16,32"]
    lists = ["pictures.balance=hair_color,expression"] if several else others
    recipe = load_recipe(name, ["seed=5", *lists, 'description="a \\"b\\" 色"'])
    (tmp_path / "copy.toml").write_text(to_toml(recipe), encoding="utf-8")
    assert load_recipe(tmp_path / "copy.toml") == recipe
    assert load_recipe(recipe) == recipe


def test_overrides_of_every_form() -> None:
    recipe = load_recipe(
        SOME,
        [
            "resolution=32",
            "network.width = 16",
            "objective=hinge",
            "optimizer.generator.rate=1e-3",
            "pictures.flip=false",
        ],
        images=500,
        seed=None,
    )
    assert (recipe.resolution, recipe.network["width"], recipe.objective, recipe.images) == (32, 16, "hinge", 500)
    assert (recipe.optimizer.generator.rate, recipe.pictures.flip, recipe.seed) == (1e-3, False, 0)
    assert recipe.optimizer.generator.beta1 == load_recipe(SOME).optimizer.generator.beta1


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("resoluton=32", r"recipe dcgan-64: unknown key resoluton \(did you mean resolution\?\)"),
        ("network.widht=3", r"\[network\]: unknown key widht \(did you mean width\?\)"),
        ("optimizer.generator.rat=1", r"unknown key optimizer.generator.rat \(did you mean rate\?\)"),
        ("output.kep=1", r"unknown key output.kep \(did you mean keep\?\)"),
        ("resolution=big", "resolution='big'"),
        ("batch=1", "batch=1: .*greater than or equal to 2"),
        ("channels=5", "channels=5"),
        ("micro_batch=7", "micro_batch=7 must divide batch=64"),
        ("objective=hing", r"objective='hing' is not known \(did you mean hinge\?\): use one of .*hinge"),
        ("objective=Hinge", r"objective='Hinge' is not known \(did you mean hinge\?\): use one of"),
        ("family=dcgam", r"family 'dcgam' is not known \(did you mean dcgan\?\): use one of .*, dcgan"),
        ("family=DCGAN", r"family 'DCGAN' is not known \(did you mean dcgan\?\)"),
        ("optimizer.generator.rate=0", "optimizer.generator.rate=0"),
        ("optimizer.generator.rate=inf", "optimizer.generator.rate=inf"),
        ("average.ramp=nan", "average.ramp=nan"),
        ("images.of=3", "images is not a table"),
        ("network=3", "network=3"),
        ("resolution", "is not key=value"),
        ("=3", "is not key=value"),
        ("a..b=3", "is not key=value"),
    ],
)
def test_a_wrong_override_is_explained(override: str, message: str) -> None:
    with pytest.raises(NijigenError, match=message):
        load_recipe(SOME, [override])


toml_values = st.one_of(
    st.integers(),
    st.booleans().map(lambda value: str(value).lower()),
    st.floats().map(repr),
    st.sampled_from(
        ["[]", "{}", "[1]", "{a = 1}", '"x"', "2026-11-20", "12:00:00", '["hair_color"]', "", "hinge", "[" * 5000]
    ),
    st.text(max_size=12),
)
override_keys = st.sampled_from([*KEYS, *(key.rpartition(".")[0] for key in KEYS)]) | st.text(max_size=12)


@given(st.lists(st.tuples(override_keys, toml_values), max_size=3))
def test_any_override_is_a_recipe_or_a_nijigen_error(pairs: list[tuple[str, Any]]) -> None:
    try:
        recipe = load_recipe(SOME, [f"{key}={value}" for key, value in pairs])
    except NijigenError:
        return
    assert load_recipe(Recipe.model_validate(tomllib.loads(to_toml(recipe)))) == recipe


lines = st.tuples(override_keys, toml_values).map(lambda pair: f"{pair[0]} = {pair[1]}")
whole = st.just(to_toml(load_recipe(SOME)))


contents = st.binary(max_size=60) | st.lists(lines | st.text(max_size=10), max_size=5).map("\n".join) | whole


@given(content=contents, data=st.data())
def test_any_file_is_a_recipe_or_a_nijigen_error(
    content: bytes | str, data: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    raw = bytearray(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    if len(raw) > 200:
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(raw)
    try:
        recipe = load_recipe(file)
    except NijigenError:
        return
    assert load_recipe(Recipe.model_validate(tomllib.loads(to_toml(recipe)))) == recipe


@pytest.mark.parametrize(
    "content", ["a = " + "[" * 100_000, "images = " + "9" * 5000, "a = \udcff", "= 3", "name = 'x'"]
)
def test_odd_files_are_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(NijigenError, match=r"odd\.toml"):
        load_recipe(tmp_path / "odd.toml")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("DCGAN-64", r"no recipe 'DCGAN-64' \(did you mean dcgan-64\?\)"),
        ("dcgan-46", r"no recipe 'dcgan-46' \(did you mean dcgan-64\?\)"),
        ("missing.toml", "recipe file missing.toml does not exist"),
        ("x" * 5000, "no recipe 'xxx"),
        ("a\0b", "no recipe"),
    ],
)
def test_a_wrong_name_is_explained(name: str, message: str) -> None:
    with pytest.raises(NijigenError, match=message):
        load_recipe(name)


def test_every_key_is_explained() -> None:
    """``docs/recipes.md`` names every key of a recipe and every option of a family."""
    text = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
    for name, family in families().items():
        for option in family.options.model_fields:
            assert f"`{option}`" in text, (name, option)
        assert name in text
    for key in keys(load_recipe(SOME).model_dump(mode="json")):
        last = key.rpartition(".")[2]
        assert key.startswith("network.") or f"`{key}`" in text or f"`.{last}`" in text, key
