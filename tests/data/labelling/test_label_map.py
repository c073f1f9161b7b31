import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.labelling.label_map import apply_label_map, map_table, read_label_map
from nijigen.data.labelling.labels import canonical
from nijigen.data.labelling.metadata import read_table
from nijigen.data.labelling.tags import apply
from nijigen.errors import NijigenError

FILE = """
[columns]
"髪の色（自由）" = "hair_color"
eyes2 = "瞳色"
[values.hair_color]
pinkish = "pink"
"4" = "blue"
none = ""
[values.blush]
much = 0.8
[ignore]
columns = ["id", "Long Caption"]
[tags.hair_color]
pink = ["pink_hair"]
"""


@pytest.fixture
def label_map(tmp_path):
    def read(text=FILE):
        file = tmp_path / "map.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_label_map(file)

    return read


@pytest.mark.parametrize(
    ("row", "mapped"),
    [
        ({"髪の色（自由）": "Pinkish"}, {"hair_color": "pink"}),
        ({"髪の色(自由)": "red"}, {"hair_color": "red"}),
        ({"EYES2": "青"}, {"eye_color": "青"}),  # the vocabulary knows it; nothing to map
        ({"hair-color": "none"}, {"hair_color": ""}),
        ({"髪色": 4.0}, {"hair_color": "blue"}),
        ({"blush": "Much", "series": "Touhou"}, {"blush": 0.8, "series": "Touhou"}),
        ({"id": "1", "long_caption": "a girl", "gender": "1"}, {"gender": "1"}),
        ({"hair": "", "髪の色（自由）": "pinkish"}, {"hair_color": "pink"}),
        ({"hair": "pink", "髪の色（自由）": "pinkish"}, {"hair_color": "pink"}),
        ({"hair": "pink", "髪の色（自由）": "unknown"}, {"hair_color": "pink"}),
        ({}, {}),
    ],
)
def test_columns_and_words_are_found_in_any_spelling(label_map, row, mapped):
    rows, _ = apply_label_map(label_map(), [row])
    assert rows == [mapped]


def test_synonyms_in_three_languages_come_with_the_vocabulary(label_map):
    rows, _ = apply_label_map(
        label_map(), [{"发色": "粉色", "EYES2": "青"}, {"髪の色（自由）": "pinkish", "瞳色": "蓝"}]
    )
    labels, schema, _ = canonical(rows)
    assert labels == [{"hair_color": "pink", "eye_color": "blue"}] * 2
    assert schema.names == ("hair_color", "eye_color")


def test_what_the_map_names_in_vain_is_told(label_map):
    _, unused = apply_label_map(label_map(), [{"髪の色（自由）": "pinkish", "id": "3", "blush": "0.2"}])
    assert unused == [
        "[columns] eyes2", "[values.hair_color] 4", "[values.hair_color] none", "[values.blush] much",
        "[ignore] long_caption",
    ]  # fmt: skip


def test_a_label_file_is_mapped_whole(label_map):
    table = read_table(
        "labels.csv", "file_name,id,髪の色（自由）,eyes2,x\n1.png,7,pinkish,red,a\n2.png,8,,blue,b\n".encode()
    )
    mapped, unused = map_table(label_map(), table)
    assert mapped.columns == ("hair_color", "eye_color", "x")
    assert mapped.rows == {
        "1.png": {"hair_color": "pink", "eye_color": "red", "x": "a"},
        "2.png": {"hair_color": "", "eye_color": "blue", "x": "b"},
    }
    assert mapped.name == "labels.csv"
    assert "[columns] eyes2" not in unused


def test_two_columns_may_not_give_one_attribute_two_values(label_map):
    with pytest.raises(
        NijigenError, match=r"map\.toml: columns hair \(red\) and 髪色 \(blue\) both give hair_color; name one"
    ):
        apply_label_map(label_map(), [{"hair": "red", "髪色": "4"}])


def test_tags_stand_in_the_same_file(label_map):
    assert apply(label_map().tags, ["pink_hair"]).labels == {"hair_color": "pink"}
    assert label_map("[columns]\na = 'hair'\n").tags is None
    with pytest.raises(NijigenError, match=r"map\.toml \[tags\] \[hair_color\] purpel: hair_color has no value"):
        label_map("[tags.hair_color]\npurpel = ['a']\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[columns\n", "is broken TOML"),
        ("[columns]\n髪色 = 'hair_color'\n", r"is broken TOML: .*needs quotes"),
        (b"[columns]\na = '\xff'\n", "line 2 is not UTF-8"),
        ("", "maps nothing"),
        ("[columns]\n", "maps nothing"),
        (
            "[column]\na = 'hair'\n",
            r"no table 'column' \(did you mean columns\?\); the tables are \[columns\], \[values\]",
        ),
        ("columns = 3\n", "columns is no table"),
        ("[columns]\na = 3\n", r"\[columns\] 'a': an attribute is expected"),
        ("[columns]\na = ''\n", r"\[columns\] 'a': '' is no word"),
        ("[columns]\na = 'hair_colr'\n", r"no attribute 'hair_colr' \(did you mean hair_color\?\)"),
        ("[columns]\n'a b' = 'hair'\n'A_B' = 'eyes'\n", r"\[columns\] 'A_B': given twice"),
        ("[columns]\n' ' = 'hair'\n", r"\[columns\] ' ': no word"),
        ("[values]\nhair = 'pink'\n", r"\[values\.hair_color\] is expected once"),
        ("[values.hair]\na = 'pink'\n[values.hair_color]\na = 'red'\n", r"\[values\.hair_color\] is expected once"),
        ("[values.hair]\na = 'purpel'\n", r"\[values\.hair_color\] 'a': .*'purpel' \(did you mean purple\?\)"),
        ("[values.hair]\na = ['pink']\n", r"\[values\.hair_color\] 'a': a word or number is expected"),
        ("[values.hair]\na = true\n", r"\[values\.hair_color\] 'a': a word or number is expected"),
        ("[values.hair]\na = inf\n", r"\[values\.hair_color\] 'a': a word or number is expected"),
        ("[values.hair]\na = nan\n", r"\[values\.hair_color\] 'a': a word or number is expected"),
        ("[values.hair]\na = 'pink'\nA = 'red'\n", r"\[values\.hair_color\] 'A': given twice"),
        ("[ignore]\ncolumn = ['a']\n", r"\[ignore\]: no key 'column'; it takes columns"),
        ("[ignore]\ncolumns = 'a'\n", r"\[ignore\] columns: a list of names is expected"),
        ("[ignore]\ncolumns = ['']\n", r"\[ignore\] columns: a list of names is expected"),
        ("[ignore]\ncolumns = ['A']\n[columns]\na = 'hair'\n", "column 'a' is mapped and ignored"),
        ("[values.'a\\nb']\nx = 3\n[values.\"\\n\"]\ny = 1\n", r"map\.toml"),
    ],
)
def test_a_wrong_map_is_one_line_that_names_file_and_key(label_map, text, said):
    with pytest.raises(NijigenError, match=said) as caught:
        label_map(text)
    assert "map.toml" in str(caught.value)
    assert str(caught.value).isprintable()


@settings(max_examples=150)
@given(st.text(max_size=60) | st.integers(0, len(FILE)).map(lambda n: FILE[:n]))
def test_any_text_is_a_map_or_one_line(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("maps") / "map.toml"
    file.write_bytes(text.encode("utf-8", "replace"))
    said = "map.toml was read"
    try:
        read_label_map(file)
    except NijigenError as error:
        said = str(error)
    assert "map.toml" in said
    assert said.isprintable()
