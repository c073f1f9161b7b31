import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.labelling.metadata import read_table
from nijigen.errors import NijigenError

GOOD = "file_name,hair_color,eye_color\n1.png,pink,blue\nb/2.png,,red\n"


def test_csv():
    table = read_table("metadata.csv", GOOD.encode())
    assert table.columns == ("hair_color", "eye_color")
    assert table.rows == {
        "1.png": {"hair_color": "pink", "eye_color": "blue"},
        "b/2.png": {"hair_color": "", "eye_color": "red"},
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_as_spreadsheets_write_it(encoding, mark, end):
    text = GOOD.replace("pink", "粉色").replace(",", mark).replace("\n", end)
    assert read_table("m.csv", text.encode(encoding)).rows["1.png"] == {"hair_color": "粉色", "eye_color": "blue"}


def test_json_lines_and_json_say_the_same_as_csv():
    rows = [{"file_name": "1.png", "hair_color": "pink", "blush": 0.5}, {"file_name": "2.png", "hair_color": None}]
    lines = read_table("m.jsonl", "\n".join(map(json.dumps, rows)).encode())
    as_list = read_table("m.json", json.dumps(rows).encode())
    as_map = read_table("m.json", b'{"1.png": {"hair_color": "pink", "blush": 0.5}, "2.png": {"hair_color": null}}')
    assert lines.rows == as_list.rows == as_map.rows == {
        "1.png": {"hair_color": "pink", "blush": 0.5}, "2.png": {"hair_color": ""},
    }  # fmt: skip
    assert lines.columns == as_list.columns == as_map.columns == ("hair_color", "blush")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("m.csv", "", "is empty"),
        ("m.csv", "filename,hair\n1.png,pink\n", r"no file_name column \(rename filename\?\)"),
        ("m.csv", "id,path\n1,1.png\n", r"no file_name column \(rename path\?\); it has id, path"),
        ("m.csv", "file_name,hair,hair\n", "column hair occurs twice"),
        ("m.csv", "file_name,\n1.png,2\n", "column 2 has no name"),
        ("m.csv", "file_name,hair\n1.png,pink\n2.png\n", "line 3: 1 values for 2 columns"),
        ("m.csv", "file_name,hair\n1.png,pink\n\n2.png,a,b\n", "line 4: 3 values for 2 columns"),
        ("m.csv", 'file_name,hair\n1.png,"two\nlines"\n2.png\n', "line 4: 1 values"),
        ("m.csv", 'file_name,hair\n1.png,pink\n2.png,"open\n3.png,red\n', "line 3 is broken CSV"),
        ("m.csv", 'file_name,hair\n1.png,"a"b\n', "line 2 is broken CSV"),
        ("m.csv", "file_name,hair\n1.png," + "x" * 200_000 + "\n", "line 2 is broken CSV"),
        ("m.csv", "file_name,hair\n1.png,a\n1.png,b\n", "line 3: 1.png occurs twice"),
        ("m.csv", "file_name,hair\n1.png,a\n./1.png,b\n", "line 3: 1.png occurs twice"),
        ("m.csv", "file_name,hair\n,a\n", "line 2: file_name is empty"),
        ("m.csv", "file_name,hair\n1.png,a\0b\n", "line 2 holds a NUL byte"),
        ("m.jsonl", "\n\n", "is empty"),
        ("m.jsonl", '{"file_name": "1.png"}\n{"file_name": \n', "line 2 is broken JSON"),
        ("m.jsonl", '{"file_name": "1.png"}\n[1]\n', "line 2 is not an object"),
        ("m.jsonl", '{"file": "1.png"}\n', r"line 1 has no file_name \(rename file\?\)"),
        ("m.jsonl", '{"file_name": 3}\n', "line 1: file_name is not text"),
        ("m.jsonl", '{"file_name": "1.png", "tags": ["a"]}\n', "line 1: tags is a list"),
        ("m.jsonl", '{"file_name": "1.png", "objects": {"a": 1}}\n', "line 1: objects is a nested object"),
        ("m.jsonl", '{"file_name": "1.png", "a": 1, "a": 2}\n', "line 1: key 'a' occurs twice"),
        ("m.jsonl", '{"file_name": "1.png"}\n{"file_name": "1.png"}\n', "line 2: 1.png occurs twice"),
        ("m.jsonl", '{"file_name": "1.png", "a": ' + "[" * 100_000 + "\n", "line 1 is broken JSON"),
        ("m.jsonl", '{"file_name": "1.png", "a": ' + "9" * 5000 + "}\n", "line 1 is broken JSON"),
        ("m.jsonl", '{"file_name": "1.png", "a": 1e301}\n', "too large a number"),
        ("m.json", '{"1.png": {"a": "b"}, "1.png": {"a": "c"}}', "key '1.png' occurs twice"),
        ("m.json", '{"1.png": "pink"}', "'1.png' needs an object"),
        ("m.json", '{\n"1.png": {]\n}', "line 2 is broken JSON"),
        ("m.json", "3", "needs an object by file name"),
        ("m.json", "[]", "is empty"),
        ("m.txt", "file_name\n", "is no label file"),
    ],
)
def test_what_is_wrong_is_named(name, text, said):
    with pytest.raises(NijigenError, match=said) as caught:
        read_table(name, text.encode())
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_text_that_is_not_utf8_is_named_by_its_line():
    with pytest.raises(NijigenError, match=r"m\.csv line 3 is not UTF-8"):
        read_table("m.csv", b"file_name,hair\n1.png,pink\n2.png," + "金髪".encode("shift-jis"))


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
names = words.map(str.strip).filter(lambda w: w and not w.startswith("./") and "\\" not in w)
tables = st.tuples(
    st.lists(names.filter(lambda w: w != "file_name"), min_size=1, max_size=4, unique=True),
    st.lists(names, min_size=1, max_size=6, unique=True),
).flatmap(
    lambda t: st.tuples(
        st.just(t[0]), st.fixed_dictionaries({name: st.fixed_dictionaries(dict.fromkeys(t[0], words)) for name in t[1]})
    )
)


@settings(max_examples=150)
@given(tables)
def test_any_table_comes_back_from_every_format(table):
    columns, rows = table
    expected = {name: {column: cell.strip() for column, cell in row.items()} for name, row in rows.items()}
    lines = "\n".join(json.dumps({"file_name": name, **row}, ensure_ascii=False) for name, row in rows.items())
    assert read_table("m.jsonl", lines.encode()).rows == expected
    assert read_table("m.json", json.dumps(rows).encode()).rows == expected
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(["file_name", *columns])
    writer.writerows([name, *(row[column] for column in columns)] for name, row in rows.items())
    assert read_table("m.csv", buffer.getvalue().encode()).rows == expected


@settings(max_examples=300)
@given(
    st.sampled_from(["m.csv", "m.jsonl", "m.json"]),
    st.one_of(
        st.binary(max_size=80),
        st.text(max_size=80).map(str.encode),
        st.text(st.sampled_from('file_name,"{}[]:\n\r\t;1.eE-\\\ufeff\u2028'), max_size=80).map(str.encode),
        st.text(st.sampled_from(',"\n\r1a'), max_size=40).map(lambda t: b"file_name,a\n" + t.encode()),
        st.text(st.sampled_from('{}[]",:\n1a '), max_size=40).map(lambda t: b'{"file_name": "a", "b": ' + t.encode()),
    ),
)
def test_any_bytes_give_a_table_or_one_clear_line(name, data):
    try:
        said = read_table(name, data)
    except NijigenError as error:
        assert name in str(error)  # noqa: PT017 - both outcomes are right
    else:
        assert all(isinstance(cell, str | float) for row in said.rows.values() for cell in row.values())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.jsonl", '{"file_name": "1.png"}\n{"file_name": "2.png", "hair": "\\ud800"}'),
        ("m.jsonl", '{"file_name": "1.png"}\n{"file_name": "2\\udcff.png"}'),
        ("m.jsonl", '{"file_name": "1.png"}\n{"file_name": "2.png", "\\ud83d": "x"}'),
        ("m.json", '{"\\ud800.png": {"hair": [1]}}'),
    ],
)
def test_half_of_a_character_is_named(name, text):
    """Two halves make one, as JSON spells it; one alone could be written to no file afterwards."""
    where = "m.jsonl line 2" if name == "m.jsonl" else "m.json"
    with pytest.raises(NijigenError, match=rf"{where}.* holds half of a character") as found:
        read_table(name, text.encode())
    str(found.value).encode()
    assert read_table("m.jsonl", b'{"file_name": "\\ud83d\\ude00.png"}').rows == {"😀.png": {}}
