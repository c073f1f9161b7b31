import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.labelling.tag_mapping import built_in
from nijigen.data.labelling.tags import apply, read_mapping, tag_labels
from nijigen.errors import NijigenError
from nijigen.illustrator.schema import SCHEMA

FILE = """
[hair_color]
pink = ["pink_hair", "ピンク髪"]
blue = ["blue_hair"]

[hair_style]
long = ["long_hair"]
short = ["short_hair"]
twintails = ["twintails"]

[expression]
smile = ["smile", "-_-"]

[order]
hair_style = ["twintails", "long"]

[unclear]
all = ["multiple_girls", ["1girl", "1boy"]]
hair_color = ["multicolored_hair"]
"""


@pytest.fixture
def mapping(tmp_path):
    """Reads a mapping from text or bytes."""

    def read(text=FILE):
        file = tmp_path / "tags.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_mapping(file)

    return read


@pytest.mark.parametrize(
    ("tags", "labels"),
    [
        (["pink_hair", "1girl", "sky"], {"hair_color": "pink"}),
        (["Pink Hair", "long-hair"], {"hair_color": "pink", "hair_style": "long"}),
        (["ピンク髪"], {"hair_color": "pink"}),
        (["-_-"], {"expression": "smile"}),
        (["hair_color:pink"], {"hair_color": "pink"}),
        (["髪色:ピンク", "髮型=长发"], {"hair_color": "pink", "hair_style": "long"}),
        (["hair : blue"], {"hair_color": "blue"}),
        (["ツインテール"], {"hair_style": "twintails"}),
        (["双马尾"], {"hair_style": "twintails"}),
        (["青", "ピンク", "蓝色"], {}),  # of what?
        (["hair_color:red"], {}),  # no value of this mapping
        (["eye_color:blue", "re:zero", ":d", "=", ":"], {}),
        (["ポニーテール"], {}),  # a value that this mapping does not have
        (["long_hair", "twintails"], {"hair_style": "twintails"}),
        (["twintails", "long_hair"], {"hair_style": "twintails"}),
        (["pink_hair", "multicolored_hair", "smile"], {"expression": "smile"}),
        (["pink_hair", "multiple_girls", "smile"], {}),
        (["pink_hair", "1girl", "1boy"], {}),
        (["pink_hair", "1boy"], {"hair_color": "pink"}),
        ([], {}),
    ],
)
def test_tags_become_labels(mapping, tags, labels):
    assert apply(mapping(), tags) == apply(mapping(), tags[::-1])
    tagged = apply(mapping(), tags)
    assert tagged.labels == labels
    assert tagged.conflicts == {}


@pytest.mark.parametrize(
    ("tags", "conflicts"),
    [
        (["pink_hair", "blue_hair", "smile"], {"hair_color": ("pink", "blue")}),
        (["long_hair", "short_hair"], {"hair_style": ("long", "short")}),
        (["short_hair", "twintails", "long_hair"], {"hair_style": ("long", "short", "twintails")}),
        (["pink_hair", "髪色:青"], {"hair_color": ("pink", "blue")}),
    ],
)
def test_two_values_that_no_order_settles_are_unknown_and_a_conflict(mapping, tags, conflicts):
    tagged = apply(mapping(), tags)
    assert tagged.conflicts == conflicts
    assert not tagged.labels.keys() & conflicts.keys()
    assert tagged.labels == ({"expression": "smile"} if "smile" in tags else {})


def test_attributes_and_values_of_a_file_may_be_written_in_any_language(mapping):
    found = mapping(
        '["髪色"]\n"粉色" = ["x"]\n[发型]\n'.replace("[发型]", '["发型"]')
        + '"ボブ" = ["y"]\n[order]\n髪色=[]'.replace("髪色", '"髪色"')
    )
    assert found.values == {"hair_color": ("pink",), "hair_style": ("bob",)}
    assert apply(found, ["x", "y"]).labels == {"hair_color": "pink", "hair_style": "bob"}


def test_words_of_ones_own_are_attributes_too(mapping):
    found = mapping('[series]\n"Vocaloid" = ["hatsune_miku", "kagamine_rin"]\nTouhou = ["hakurei_reimu"]\n')
    assert apply(found, ["hatsune_miku"]).labels == {"series": "vocaloid"}
    assert apply(found, ["series:touhou"]).labels == {"series": "touhou"}


def test_many_pictures_give_a_report(mapping):
    tags = {f"{n}.png": ["pink_hair", "blue_hair", "sky"] for n in range(7)}
    tags |= {"a.png": ["pink_hair", "sky", "sea"], "b.png": ["multiple_girls"], "c.png": [], "d.png": ["sea", "1girl"]}
    rows, report = tag_labels(mapping(), tags)
    assert rows == [{}] * 7 + [{"hair_color": "pink"}, {}, {}, {}]
    assert (report.pictures, report.labelled, report.unclear) == (10, 1, 1)
    assert report.conflicts == {"hair_color": 7}
    assert report.examples == {"hair_color": [(f"{n}.png", ("pink", "blue")) for n in range(5)]}
    assert report.unmapped == [("sky", 8), ("sea", 2)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[hair_color\n", r"is broken TOML: .*line 1"),
        ("[hair_color]\npink = [\n", "is broken TOML"),
        ("髪色 = 3\n", r"is broken TOML: .*needs quotes"),
        ("[hair_color]\npink = ['a']\n[hair_color]\n", "is broken TOML"),
        (b"[hair_color]\npink = ['\xff']\n", r"line 2 is not UTF-8"),
        ("x = " + "[" * 100_000, r"is broken TOML \(RecursionError\)|is broken TOML"),
        ("x = " + "9" * 5000, "is broken TOML"),
        ("", "maps no tag"),
        ("[hair_color]\n", "maps no tag"),
        ("hair_color = 'pink'\n", "hair_color is no table"),
        ("[[hair_color]]\npink = ['a']\n", "hair_color is no table"),
        ("[hair_colr]\npink = ['a']\n", r"\[hair_colr\]: no attribute 'hair_colr' \(did you mean hair_color\?\)"),
        ("[ordr]\nhair_color = ['a']\n", r"\[ordr\]: no attribute 'ordr' \(did you mean order\?\)"),
        ("['']\npink = ['a']\n", "'' is no word"),
        ("[hair_color]\nblond_ = ['a']\nblonde = ['b']\n", r"\[hair_color\] blonde: hair_color has blonde twice"),
        ("[hair_color]\npurpel = ['a']\n", r"hair_color has no value 'purpel' \(did you mean purple\?\)"),
        ("[hair_color]\nunknown = ['a']\n", "'unknown' means unknown; leave it out"),
        ("[hair_color]\npink = 'a'\n", r"\[hair_color\] pink: a list of tags is expected"),
        ("[hair_color]\npink = ['a', 3]\n", r"\[hair_color\] pink: a list of tags is expected"),
        ("[hair_color]\npink = ['']\n", r"\[hair_color\] pink: a list of tags is expected"),
        ("[hair_color]\npink = ['a b', 'A_B']\n", "tag 'A_B' means hair_color pink already"),
        ("[hair_color]\npink = ['a']\nred = ['a']\n", r"\[hair_color\] red: tag 'a' means hair_color pink already"),
        ("[hair_color]\npink = ['a']\n[eyes]\nred = ['a']\n", r"\[eyes\] red: tag 'a' means hair_color pink already"),
        ("[hair_color]\npink = ['a']\n[order]\neyes = []\n", "no tag gives eye_color; there are hair_color"),
        (
            "[hair_color]\npink = ['a']\n[order]\nhair = ['red']\n",
            r"\[order\] hair: no tag gives red; the values are pink",
        ),
        ("[hair_color]\npink = ['a']\n[order]\nhair = ['pink', 'rose']\n", "is given twice"),
        ("[hair_color]\npink = ['a']\n[order]\nhair = 'pink'\n", r"\[order\] hair: a list of tags"),
        ("[hair_color]\npink = ['a']\n[unclear]\nhair = 'x'\n", r"\[unclear\] hair: a list of tags"),
        ("[hair_color]\npink = ['a']\n[unclear]\nall = [[]]\n", "an empty list would fit every picture"),
        (
            "[hair_color]\npink = ['a']\n[unclear]\nal = ['x']\n",
            r"\[unclear\] al: no tag gives al; there are hair_color",
        ),
        ('[hair_color]\n"a\\nb" = 3\n', r"\[hair_color\] 'a\\nb': a list of tags"),
    ],
)
def test_a_wrong_mapping_is_one_line_that_names_file_and_key(mapping, text, said):
    with pytest.raises(NijigenError, match=said) as caught:
        mapping(text)
    assert "tags.toml" in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_mapping_that_is_not_there(tmp_path):
    with pytest.raises(NijigenError, match=r"cannot read .*absent\.toml: No such file"):
        read_mapping(tmp_path / "absent.toml")
    with pytest.raises(
        NijigenError, match=r"no tag mapping 'danboru' \(did you mean danbooru\?\): give a TOML file or"
    ):
        read_mapping("danboru")
    (tmp_path / "big.toml").write_bytes(b"#" * (4 * 2**20 + 1))
    with pytest.raises(NijigenError, match=r"big\.toml is larger than 4 MiB"):
        read_mapping(tmp_path / "big.toml")


def test_the_built_in_mapping_gives_what_the_illustrator_draws():
    assert built_in() == ("danbooru",)
    mapping = read_mapping("danbooru")
    for attribute, values in mapping.values.items():
        assert set(values) <= set(SCHEMA[attribute].values)
    # Every value that a tag can tell: tags say neither that nothing is worn nor that a skin is of the common kind.
    for attribute in (
        "gender",
        "hair_style",
        "hair_color",
        "eye_color",
        "expression",
        "outfit",
        "background",
        "framing",
    ):
        assert set(mapping.values[attribute]) == set(SCHEMA[attribute].values)


@pytest.mark.parametrize(
    ("tags", "labels"),
    [
        (
            "1girl solo long_hair twintails aqua_hair aqua_eyes hatsune_miku smile headset upper_body white_background",
            {
                "gender": "girl", "hair_style": "twintails", "hair_color": "aqua", "eye_color": "teal",
                "expression": "smile", "accessory": "headphones", "background": "plain", "framing": "bust",
            },
        ),
        (
            "1boy male_focus short_hair spiked_hair blonde_hair glasses :d t-shirt dark-skinned_male",
            {
                "gender": "boy", "hair_style": "spiky", "hair_color": "blonde", "expression": "happy",
                "accessory": "glasses", "outfit": "t_shirt", "skin_tone": "brown",
            },
        ),
        ("1girl heterochromia red_eyes black_hair multicolored_hair bob_cut", {"gender": "girl", "hair_style": "bob"}),
        ("1girl monochrome greyscale grey_hair serafuku", {"gender": "girl", "outfit": "sailor"}),
        ("2girls pink_hair blue_hair smile", {}),
        ("1girl 1boy pink_hair black_hair", {}),
        ("1girl smile tears", {"gender": "girl"}),
    ],
)  # fmt: skip
def test_the_built_in_mapping_on_tags_as_they_are(tags, labels):
    assert apply(read_mapping("danbooru"), tags.split()).labels == labels


@settings(max_examples=150)
@given(st.lists(st.one_of(st.sampled_from(sorted(read_mapping("danbooru").heard)), st.text(max_size=10)), max_size=12))
def test_labels_always_fit_and_never_contradict(tags):
    mapping = read_mapping("danbooru")
    tagged = apply(mapping, tags)
    assert SCHEMA.normalize(tagged.labels) == tagged.labels
    assert not tagged.labels.keys() & tagged.conflicts.keys()
    assert all(len(values) > 1 for values in tagged.conflicts.values())
    assert apply(mapping, [*tags[::-1], *tags]) == tagged


@settings(max_examples=150)
@given(st.text(max_size=80) | st.sampled_from([FILE]).flatmap(lambda t: st.integers(0, len(t)).map(lambda n: t[:n])))
def test_any_text_is_a_mapping_or_one_line(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("maps") / "tags.toml"
    file.write_bytes(text.encode("utf-8", "replace"))
    said = "tags.toml was read"
    try:
        read_mapping(file)
    except NijigenError as error:
        said = str(error)
    assert "tags.toml" in said
    assert said.isprintable()
