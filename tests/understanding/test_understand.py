"""What is said of what, what is not so, what gives way, what is not there; and that any text is taken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.illustrator import SCHEMA
from nijigen.schema import Attribute, AttributeSchema
from nijigen.understanding import Understood, understand
from nijigen.understanding.deciding import Conflict, Lacking
from nijigen.understanding.tables import tables
from nijigen.vocabulary import LANGUAGES

SMALL = AttributeSchema([Attribute("hair_color", ("black", "pink", "gray")), Attribute("expression", ("smile", "sad"))])


def attributes(text: str) -> dict[str, str | float]:
    return understand(text, SCHEMA).attributes


@pytest.mark.parametrize(
    ("text", "hair", "eyes"),
    [
        ("pink hair, blue eyes", "pink", "blue"),
        ("pink-haired and blue-eyed", "pink", "blue"),
        ("hair is pink and eyes are blue", "pink", "blue"),
        ("eyes blue, hair pink", "pink", "blue"),
        ("hair: pink; eyes: blue", "pink", "blue"),
        ("her long, pink hair and big, blue eyes", "pink", "blue"),
        ("red dress, pink hair, blue eyes, green bag", "pink", "blue"),
        ("a red dress", None, None),
        ("her dress is red and her hair is pink", "pink", None),
        ("a girl in blue with pink hair", "pink", None),
        ("blue ribbon in pink hair", "pink", None),
        ("hair as black as night", "black", None),
        ("pink twintails", "pink", None),
        ("dark green hair, pale pink eyes", "green", "pink"),
        ("purple hair and eyes", "purple", "violet"),
        ("yellow hair, yellow eyes", "blonde", "amber"),
        ("turquoise hair, turquoise eyes", "aqua", "teal"),
        ("white hair, golden eyes", "silver", "amber"),
        ("蓝眼睛粉头发", "pink", "blue"),
        ("头发粉色眼睛蓝色", "pink", "blue"),
        ("粉色的头发，蓝色的眼睛", "pink", "blue"),
        ("头发是粉色的眼睛是蓝色的", "pink", "blue"),
        ("眼睛蓝蓝的，头发粉粉的", "pink", "blue"),
        ("红色裙子，粉发", "pink", None),
        ("头发红色的发带", None, None),
        ("头发和眼睛都是紫色", "purple", "violet"),
        ("灰头发黄眼睛", "silver", "amber"),
        ("青い目でピンクの髪", "pink", "blue"),
        ("髪はピンクで目は青", "pink", "blue"),
        ("髪がピンクで青い目", "pink", "blue"),
        ("髪ピンク 目青", "pink", "blue"),
        ("赤いドレスにピンクの髪", "pink", None),
        ("青いリボンの女の子", None, None),
        ("髪のピンクな女の子", "pink", None),
        ("髪も目も紫", "purple", "violet"),
        ("金色の目、黄色の髪", "blonde", "amber"),
    ],
)
def test_colours_go_to_what_they_are_said_of(text: str, hair: str | None, eyes: str | None) -> None:
    found = attributes(text)
    assert (found.get("hair_color"), found.get("eye_color")) == (hair, eyes)


@pytest.mark.parametrize(
    "text",
    [
        "something short in long trousers",
        "heart shaped bag, star wars, sailor hat",
        "a cat on a red car, blue sky over the sea"[:21],
        "穿短裙的人",
        "樱花瓣的故事"[3:],
        "笑话，玩笑，困难，发呆",
        "スターウォーズのロングスカート"[7:],
        "かわいい",
        "きれいな人",
    ],
)
def test_words_of_other_things_say_nothing(text: str) -> None:
    assert attributes(text) == {}


@pytest.mark.parametrize(
    ("text", "attribute", "values"),
    [
        ("no glasses", "accessory", {"glasses"}),
        ("without a hat", "accessory", {"beret", "witch_hat"}),
        ("not smiling", "expression", {"smile"}),
        ("isn't angry", "expression", {"angry"}),
        ("neither glasses nor a crown", "accessory", {"glasses", "crown"}),
        ("no hat, glasses or ribbon", "accessory", {"beret", "witch_hat", "glasses", "ribbon"}),
        ("anything but pink hair", "hair_color", {"pink"}),
        ("the hair is not pink", "hair_color", {"pink"}),
        ("不戴眼镜", "accessory", {"glasses"}),
        ("不笑", "expression", {"smile"}),
        ("没有眼镜和王冠", "accessory", {"glasses", "crown"}),
        ("头发不是粉色", "hair_color", {"pink"}),
        ("眼鏡なし", "accessory", {"glasses"}),
        ("笑っていない", "expression", {"smile"}),
        ("眼鏡も王冠もなし", "accessory", {"glasses", "crown"}),
        ("リボンをつけていない", "accessory", {"ribbon"}),
        ("髪はピンクではない", "hair_color", {"pink"}),
        ("ピンク以外の髪", "hair_color", {"pink"}),
    ],
)
def test_what_is_denied_is_excluded(text: str, attribute: str, values: set[str]) -> None:
    understood = understand(text, SCHEMA)
    assert understood.attributes == {}
    assert {name: set(found) for name, found in understood.excluded.items()} == {attribute: values}


@pytest.mark.parametrize(
    "text",
    [
        "no accessories",
        "without any accessories",
        "nothing on her head",
        "accessories: none",
        "没有配饰",
        "头上什么都没戴",
        "不戴任何配饰",
        "アクセサリーなし",
        "頭に何もつけていない",
        "アクセサリーはつけない",
    ],
)
def test_no_accessories_is_a_value(text: str) -> None:
    understood = understand(text, SCHEMA)
    assert (understood.attributes["accessory"], understood.excluded) == ("none", {})


@pytest.mark.parametrize(
    ("text", "wanted", "excluded"),
    [
        ("no glasses, pink hair", {"hair_color": "pink"}, {"accessory": ("glasses",)}),
        ("not pink but blue hair", {"hair_color": "blue"}, {"hair_color": ("pink",)}),
        ("no glasses and a crown", {"accessory": "crown"}, {"accessory": ("glasses",)}),
        ("no accessories except a crown", {"accessory": "crown"}, {}),
        ("glasses... no, not glasses", {}, {"accessory": ("glasses",)}),
        ("不是女孩，是男孩", {"gender": "boy"}, {"gender": ("girl",)}),
        ("没哭，在笑", {"expression": "smile"}, {"expression": ("sad",)}),
        ("メガネなしでリボン", {"accessory": "ribbon"}, {"accessory": ("glasses",)}),
    ],
)
def test_a_denial_ends_where_it_ends(text: str, wanted: dict[str, str], excluded: dict[str, tuple[str, ...]]) -> None:
    understood = understand(text, SCHEMA)
    assert (understood.attributes, understood.excluded) == (wanted, excluded)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("big eyes", "eye_size", 1.1),
        ("tiny eyes", "eye_size", 0.8),
        ("大眼睛", "eye_size", 1.1),
        ("目が大きい", "eye_size", 1.1),
        ("long fringe", "fringe_length", 1.2),
        ("no fringe", "fringe_length", 0.6),
        ("刘海很短", "fringe_length", 0.8),
        ("長い前髪", "fringe_length", 1.2),
        ("small face", "face_width", 0.95),
        ("圆脸", "face_width", 1.05),
        ("小顔", "face_width", 0.95),
        ("big head", "head_size", 1.075),
        ("rosy cheeks", "blush", 0.75),
        ("not blushing", "blush", 0.0),
        ("脸颊红红的", "blush", 0.75),
        ("歪着头", "tilt", 6.0),
        ("not big eyes", "eye_size", 1.0),
    ],
)
def test_sizes_are_numbers_of_the_range(text: str, name: str, value: float) -> None:
    assert attributes(text)[name] == pytest.approx(value)


def test_of_two_values_the_more_exact_counts_else_the_last() -> None:
    assert understand("red hair ... no wait, blue hair", SCHEMA).conflicts == (Conflict("hair_color", "blue", "red"),)
    assert attributes("a long ponytail") == attributes("a ponytail of long hair") == {"hair_style": "ponytail"}
    assert attributes("winking with a smile")["expression"] == "wink"
    assert attributes("90s anime")["art_style"] == "retro"
    assert attributes("overalls over a t-shirt")["outfit"] == "overalls"


def test_a_pronoun_says_the_gender_where_nothing_else_does() -> None:
    assert attributes("she has pink hair")["gender"] == "girl"
    understood = understand("a boy and her dog", SCHEMA)
    assert (understood.attributes["gender"], understood.conflicts) == ("boy", ())


def test_or_leaves_the_choice() -> None:
    understood = understand("a girl with blonde or pink hair and a hat", SCHEMA)
    assert understood.either == {"hair_color": ("blonde", "pink"), "accessory": ("beret", "witch_hat")}
    assert understood.attributes == {"gender": "girl"}
    assert understand("a hat, a beret", SCHEMA).attributes == {"accessory": "beret"}


def test_what_the_schema_lacks_is_said() -> None:
    understood = understand("pink hair, blue eyes, happy, grey eyes", SMALL)
    assert understood.attributes == {"hair_color": "pink"}
    assert understood.lacking == (
        Lacking("eye_color", "blue", ()),
        Lacking("expression", "happy", ("smile", "sad")),
        Lacking("eye_color", "gray", ()),
    )
    assert understand("silver hair", SMALL).lacking == (Lacking("hair_color", "silver", ("black", "pink", "gray")),)
    assert understand("grey hair", SMALL).attributes == {"hair_color": "gray"}
    assert understand("grey hair", SCHEMA).attributes == {"hair_color": "silver"}


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("a girl with the pink hair of an astronaut", ("astronaut",)),
        ("a girl with a leather jacket and a red dress", ("leather jacket", "red")),
        ("穿着宇航服的粉发女孩在公园里", ("宇航服", "公园")),
        ("ピンクの髪の女の子がスキップする", ("スキップ",)),
        ("please draw me a picture of her", ()),
        ("请帮我画一个戴着眼镜的女孩", ()),
        ("女の子を描いてください", ()),
    ],
)
def test_words_of_content_that_are_not_known_are_named(text: str, unknown: tuple[str, ...]) -> None:
    assert understand(text, SCHEMA).unknown == unknown


def test_a_mistyped_word_is_named_with_the_known_one() -> None:
    understood = understand("a girl with galsses, smilling in a spaceship", SCHEMA)
    assert understood.attributes == {"gender": "girl"}
    assert understood.near == {"galsses": "glasses", "smilling": "smiling"}
    assert understood.lines("en")[-1] == "not understood: galsses (glasses?), smilling (smiling?), spaceship"


def test_a_text_of_several_languages() -> None:
    assert attributes("pink hair 的女孩, めがね") == {"gender": "girl", "hair_color": "pink", "accessory": "glasses"}
    assert attributes("猫耳のboy with 蓝眼睛") == {"gender": "boy", "eye_color": "blue", "accessory": "cat_ears"}


def check(understood: Understood) -> None:
    assert SCHEMA.normalize(understood.attributes) == understood.attributes
    for name, values in {**understood.excluded, **understood.either}.items():
        assert set(values) <= set(SCHEMA[name].values)
        assert understood.attributes.get(name) not in values
    for language in LANGUAGES:
        assert all(line.isprintable() for line in understood.lines(language))


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    check(understand(text, SCHEMA))


WORDS = sorted(
    {
        phrase.rstrip("?!*+")
        for table in ("roles", "things")
        for languages in tables()[table].values()
        for phrases in languages.values()
        for phrase in phrases
    }
)
COLOURS = [word for of in tables()["of"]["hair"].values() for row in of.values() for ws in row.values() for word in ws]


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(WORDS) | st.sampled_from(COLOURS) | st.sampled_from([",", "。", "、", "笑", "glasses"]))
)
def test_any_row_of_known_words_is_taken(words: list[str]) -> None:
    for between in (" ", ""):
        check(understand(between.join(words), SCHEMA))


@pytest.mark.parametrize(
    "text",
    [
        "pink hair " * 999,
        "粉" * 10_000,
        "髪は" * 5_000,
        "no " * 3_300,
        "な" * 10_000,
        "🦄\x07" * 5_000,
        "not pink and " * 800,
    ],
)
def test_a_long_text_is_taken(text: str) -> None:
    check(understand(text, SCHEMA))
