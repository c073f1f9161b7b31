"""Books as they are published, written small: titles, double pages, and an annotation a book."""

import json
import pickle
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.layouts import manga109_xml
from nijigen.data.layouts.manga109 import Manga109Source, detect
from nijigen.data.layouts.manga109_xml import read_book
from nijigen.errors import NijigenError

CHARACTERS = {"00000001": "鳥羽大和", "00000002": "鳥羽撫子", "00000003": "Other（役人）", "00000004": "_Other"}


def annotation(title, pages, characters=CHARACTERS, size=(80, 60)):
    """``pages``: index → ``[(box, character id)]``, with bodies, frames and texts between, as published."""
    rows = ['<?xml version="1.0" encoding="UTF-8"?>', f"<book title={quoteattr(title)}>", "<characters>"]
    rows += [f"<character id={quoteattr(key)} name={quoteattr(name)}/>" for key, name in characters.items()]
    rows += ["</characters>", "<pages>"]
    for index, faces in pages.items():
        rows.append(f'<page index="{index}" width="{size[0]}" height="{size[1]}">')
        rows.append('<frame id="000000a0" xmin="0" ymin="0" xmax="80" ymax="60"/>')
        for number, (box, character) in enumerate(faces):
            edges = " ".join(f'{key}="{edge}"' for key, edge in zip(manga109_xml.BOX, box, strict=True))
            rows.append(f'<face id="{number:08x}" {edges} character={quoteattr(character)}/>')
            rows.append(f'<body id="{number:08x}" {edges} character={quoteattr(character)}/>')
        rows.append('<text id="000000ff" xmin="1" ymin="1" xmax="9" ymax="9">なかなか &amp; &lt;</text></page>')
    return "\n".join([*rows, "</pages>", "</book>"]) + "\n"


PAGES = {
    2: [((10, 5, 30, 25), "00000001"), ((40, 5, 60, 25), "00000002"), ((60, 30, 70, 40), "00000003")],
    3: [((0, 0, 20, 20), "00000002")],
    4: [],
}


@pytest.fixture
def books(folder, picture):
    """Writes books of pages of 80x60 pixels; ``more`` are further files."""

    def write(more=(), name="Manga109_released", titles=("YamatoNoHane", "ARMS"), pages=PAGES):
        files = {"books.txt": "\n".join(titles) + "\n", "readme.txt": "x"}
        for number, title in enumerate(titles):
            files[f"annotations/{title}.xml"] = annotation(title, pages)
            for index in range(5):
                files[f"images/{title}/{index:03d}.jpg"] = picture(10 * number + index, 80, 60, "JPEG")
        return folder(files | dict(more), name)

    return write


def listed(source):
    listing = source.listing()
    assert list(listing.facts) == [entry.name for entry in listing.pictures] or sorted(listing.facts) == sorted(
        entry.name for entry in listing.pictures
    )
    return {entry.name: listing.facts[entry.name] for entry in listing.pictures}, listing


def test_a_face_is_an_entry_with_its_box_and_its_character(books, picture):
    path = books()
    assert detect(path)
    source = pickle.loads(pickle.dumps(Manga109Source(path)))
    facts, listing = listed(source)
    assert source.name == "Manga109_released"
    assert list(facts) == [
        *("ARMS/002.jpg#face0", "ARMS/002.jpg#face1", "ARMS/002.jpg#face2", "ARMS/003.jpg#face0"),
        *("YamatoNoHane/002.jpg#face0", "YamatoNoHane/002.jpg#face1", "YamatoNoHane/002.jpg#face2"),
        "YamatoNoHane/003.jpg#face0",
    ]
    second = facts["YamatoNoHane/002.jpg#face1"]
    assert second.boxes == ((40.0, 5.0, 60.0, 25.0),)
    assert second.labels == {"book": "YamatoNoHane", "character": "鳥羽撫子 (YamatoNoHane)"}
    assert (second.source, second.licence) == ("Manga109: YamatoNoHane", "")
    assert facts["ARMS/002.jpg#face2"].labels == {"book": "ARMS"}  # whoever passes by is nobody
    entry = next(entry for entry in listing.pictures if entry.name == "ARMS/003.jpg#face0")
    assert source.read(entry, 2**20) == picture(13, 80, 60, "JPEG")
    assert entry.size == len(picture(13, 80, 60, "JPEG"))
    assert [(row["file"], row["reason"]) for row in listing.refused] == [
        (f"{title}/{index:03d}.jpg", "no_face") for title in ("ARMS", "YamatoNoHane") for index in (0, 1, 4)
    ]


def test_a_page_may_be_the_entry_and_has_a_character_where_it_shows_one(books):
    facts, listing = listed(Manga109Source(books(), faces=False))
    assert len(facts) == 10
    assert listing.refused == []
    assert len(facts["ARMS/002.jpg"].boxes) == 3
    assert facts["ARMS/002.jpg"].labels == {"book": "ARMS"}
    assert facts["ARMS/003.jpg"].labels == {"book": "ARMS", "character": "鳥羽撫子 (ARMS)"}
    assert facts["ARMS/000.jpg"].boxes == ()


@pytest.mark.parametrize(
    "table",
    [
        {"licences.csv": "book,licence\nARMS,Academic\nYamatoNoHane,commercial\n"},
        {"licenses.csv": "Book,License\r\nARMS,academic\r\nYamatoNoHane, Commercial\r\n\r\n"},
        {"licences.json": json.dumps({"ARMS": "academic", "YamatoNoHane": "commercial"})},
    ],
)
def test_books_by_what_may_be_done_with_them(books, table):
    path = books(table)
    facts, _ = listed(Manga109Source(path))
    assert facts["ARMS/003.jpg#face0"].licence.startswith("Manga109 terms: academic use only")
    facts, listing = listed(Manga109Source(path, books="commercial"))
    assert {name.split("/")[0] for name in facts} == {"YamatoNoHane"}
    assert all(row.licence.startswith("Manga109-s terms") for row in facts.values())
    refused = [row for row in listing.refused if row["reason"] == "licence"]
    assert [row["file"] for row in refused] == [f"ARMS/{index:03d}.jpg" for index in range(5)]
    assert {row["detail"] for row in refused} == {"academic"}


def test_a_book_that_the_table_does_not_name_is_not_taken_for_free(books):
    path = books({"licences.csv": "book,licence\nARMS,commercial\n"})
    facts, listing = listed(Manga109Source(path, books="commercial"))
    assert {name.split("/")[0] for name in facts} == {"ARMS"}
    assert {row["detail"] for row in listing.refused if row["reason"] == "licence"} == {"no licence is given"}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, r"no book of .* is marked commercial: add licences.csv"),
        ({"licences.csv": "book,licence\nARMS,academic\n"}, "is marked commercial: the flags are academic"),
        ({"licences.csv": "title,licence\n"}, r"licences\.csv line 1: the columns are book,licence"),
        ({"licences.csv": "book,licence\nARMS\n"}, r"licences\.csv line 2: a book and its licence are expected"),
        ({"licences.csv": "book,licence\nARMS,a,b\n"}, r"licences\.csv line 2: a book and"),
        ({"licences.csv": "book,licence\nARMS,a\nARMS,b\n"}, r"licences\.csv line 3: ARMS occurs twice"),
        ({"licences.csv": "book,licence\nArms,a\n"}, r"line 2: Arms is no book of books\.txt"),
        ({"licences.csv": 'book,licence\nARMS,"a"b\n'}, r"licences\.csv line 3 is broken CSV"),
        ({"licences.csv": b"book,licence\nARMS,\xff\n"}, r"licences\.csv line 2 is not UTF-8"),
        ({"licences.csv": b"x" * (2**20 + 1)}, "larger than 1 MiB"),
        ({"licences.json": '{"ARMS": "a", "ARMS": "b"}'}, "at 'ARMS': ARMS occurs twice"),
        ({"licences.json": '["ARMS"]'}, "is no object like"),
        ({"licences.json": '{"ARMS": 3}'}, "a book and its licence are expected"),
        ({"licences.json": "{"}, r"licences\.json is broken JSON"),
        ({"licences.csv": "book,licence\n", "licences.json": "{}"}, r"has licences\.csv and licences\.json: keep one"),
        ({"books.txt": "ARMS\n../ARMS\n"}, r"books\.txt line 2: '\.\./ARMS' is no title"),
        ({"books.txt": "ARMS\n/etc\n"}, r"books\.txt line 2: '/etc' is no title"),
        ({"books.txt": "a/b\n"}, r"books\.txt line 1: 'a/b' is no title"),
        ({"books.txt": "ARMS\0\n"}, r"books\.txt line 1: 'ARMS\\x00' is no title"),
        ({"books.txt": "ARMS\n\nARMS\n"}, r"books\.txt line 3: ARMS occurs twice"),
        ({"books.txt": "\n"}, r"books\.txt is empty"),
        ({"books.txt": b"ARMS\n\x82\xa0\n"}, r"books\.txt line 2 is not UTF-8"),
    ],
)
def test_wrong_tables_are_one_line(books, files, said):
    with pytest.raises(NijigenError, match=said) as caught:
        Manga109Source(books(files), books="commercial").listing()
    assert str(caught.value).isprintable()


GOOD = annotation("ARMS", PAGES)
BOMB = '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"ARMS\.xml line 1 is broken XML \(no element found\)"),
        (GOOD[:-20], "is broken XML"),
        (GOOD.replace("</page>", "", 1), r"line \d+ is broken XML \(mismatched tag\)"),
        (GOOD.replace("&amp;", "&nbsp;", 1), r"line \d+ is broken XML \(undefined entity\)"),
        (GOOD + "<book/>", "is broken XML"),
        (GOOD.encode() + b"\0", "is broken XML"),
        (GOOD.replace("鳥羽大和", "\udce3").encode("utf-8", "surrogateescape"), r"line 4 is broken XML"),
        (GOOD.replace("UTF-8", "EBCDIC-XX"), "is broken XML|its encoding cannot be read"),
        (GOOD.replace("UTF-8", "Shift_JIS"), "is broken XML|its encoding cannot be read"),
        (GOOD.replace("<book", BOMB + "<book", 1).replace("なかなか", "&b;"), r"line 2: a document type .* is refused"),
        (GOOD.replace("<book", '<!DOCTYPE book SYSTEM "file:///etc/passwd"><book', 1), "line 2: a document type"),
        ("<html></html>", r"ARMS\.xml line 1: the first element is <html>, not <book>"),
        (GOOD.replace('index="3"', 'index="2"'), r"line \d+: page 2 occurs twice"),
        (GOOD.replace('index="3"', 'index="two"'), "index='two' is no number"),
        (GOOD.replace('index="3"', 'index="-1"'), "a page needs a whole index"),
        (GOOD.replace('index="3"', 'index="1e9"'), "a page needs a whole index"),
        (GOOD.replace('width="80"', 'width="0"', 1), "a page needs a whole index, and a width"),
        (GOOD.replace(' width="80"', "", 1), "width is missing"),
        (GOOD.replace('xmin="40"', 'xmin="nan"', 1), r"line \d+: xmin='nan' is no number"),
        (GOOD.replace('xmin="40"', 'xmin="inf"', 1), "xmin='inf' is no number"),
        (GOOD.replace(' xmin="40"', "", 1), "xmin is missing"),
        ('<book title="x"><face xmin="1"/></book>', "line 1: a face stands outside of a page"),
        ('<book title="x"><character id="1"/></book>', "line 1: a character needs id and name"),
    ],
)
def test_wrong_xml_is_one_line_with_file_and_line(books, text, said):
    path = books({"annotations/ARMS.xml": text}, titles=("ARMS",))
    with pytest.raises(NijigenError, match=said) as caught:
        Manga109Source(path).listing()
    assert "annotations/ARMS.xml line" in str(caught.value)
    assert str(caught.value).isprintable()


def test_the_line_of_a_wrong_number_is_right(books):
    number = next(n for n, line in enumerate(GOOD.split("\n"), 1) if 'xmin="40"' in line)
    path = books({"annotations/ARMS.xml": GOOD.replace('xmin="40"', 'xmin="x"', 1)}, titles=("ARMS",))
    with pytest.raises(NijigenError, match=f"annotations/ARMS.xml line {number}: xmin='x'"):
        Manga109Source(path).listing()


def test_a_file_without_end_is_refused_before_it_is_read_whole(books, monkeypatch):
    monkeypatch.setattr(manga109_xml, "MAX_XML", 2**17)
    path = books({"annotations/ARMS.xml": GOOD.replace("<pages>", "<pages>" + " " * 2**18)}, titles=("ARMS",))
    with pytest.raises(NijigenError, match=r"annotations/ARMS\.xml is larger than 0 MiB"):
        Manga109Source(path).listing()


def test_boxes_are_cut_to_the_page_and_empty_ones_refused(books):
    pages = {0: [((-5, -5, 20, 20), ""), ((70, 50, 99, 99), ""), ((30, 30, 30, 40), ""), ((90, 0, 99, 9), "")]}
    facts, listing = listed(Manga109Source(books(titles=("ARMS",), pages=pages)))
    assert [row.boxes[0] for row in facts.values()] == [(0, 0, 20, 20), (70, 50, 80, 60)]
    broken = [row for row in listing.refused if row["reason"] == "broken_box"]
    assert [row["file"] for row in broken] == ["ARMS/000.jpg#face2", "ARMS/000.jpg#face3"]
    assert broken[0]["detail"] == "the box 30,30 to 30,40 is empty on a page of 80x60"


def test_boxes_of_another_size_of_page_are_refused(books, picture):
    facts, listing = listed(
        Manga109Source(books({"images/ARMS/002.jpg": picture(1, 40, 30, "JPEG")}, titles=("ARMS",)))
    )
    assert list(facts) == ["ARMS/003.jpg#face0"]
    details = {row["detail"] for row in listing.refused if row["reason"] == "broken_box"}
    assert details == {"the page has 40x30 pixels, its annotation 80x60"}


def test_what_is_missing_is_a_row_and_the_rest_is_read(books):
    path = books({"books.txt": "YamatoNoHane\nARMS\nAbsent\nNoPages\n", "annotations/NoPages.xml": GOOD})
    (path / "images/ARMS/002.jpg").unlink()
    facts, listing = listed(Manga109Source(path))
    assert [name for name in facts if name.startswith("ARMS")] == ["ARMS/003.jpg#face0"]
    missing = {row["file"]: row["detail"] for row in listing.refused if row["reason"] == "missing"}
    assert missing == {
        "ARMS/002.jpg": "faces annotated on it: 3",
        "NoPages/002.jpg": "faces annotated on it: 3",
        "NoPages/003.jpg": "faces annotated on it: 1",
        "annotations/Absent.xml": "the book has no annotation",
        "images/Absent": "the book has no pictures",
        "images/NoPages": "the book has no pictures",
    }


def test_ways_out_and_odd_files_among_the_pages(books, tmp_path):
    path = books()
    (path / "images/ARMS/003.jpg").unlink()
    (path / "images/ARMS/003.jpg").symlink_to("/etc/passwd")
    (path / "images/ARMS/cover.jpg").write_bytes(b"x")
    (path / "images/ARMS/0003.jpg.txt").write_bytes(b"x")
    (path / "images/YamatoNoHane").rename(tmp_path / "elsewhere")
    (path / "images/YamatoNoHane").symlink_to(tmp_path / "elsewhere")
    facts, listing = listed(Manga109Source(path))
    assert [name.split("#")[0] for name in facts] == ["ARMS/002.jpg"] * 3
    unsafe = [row["file"] for row in listing.refused if row["reason"] == "unsafe_path"]
    assert unsafe == ["ARMS/003.jpg", "images/YamatoNoHane"]
    assert listing.ignored == 2


def test_detection_needs_all_three(books, tmp_path):
    path = books()
    (path / "books.txt").unlink()
    assert not detect(path)
    assert not detect(tmp_path / "absent")
    assert not detect(Path("nul\0"))


words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), min_size=1
)
edges = st.tuples(*[st.integers(-50, 200)] * 4)
faces = st.lists(st.tuples(edges, st.sampled_from(["1", "2", "x"])), max_size=4)


@settings(max_examples=100)
@given(st.dictionaries(st.integers(0, 999), faces, max_size=4), words, words)
def test_any_annotation_comes_back(tmp_path_factory, pages, title, name):
    file = tmp_path_factory.mktemp("xml") / "book.xml"
    file.write_text(annotation(title, pages, {"1": name, "2": "B"}), encoding="utf-8")
    found = read_book(file, "book.xml")
    known = {"1": name, "2": "B"}
    boxes = {index: [(face.box, face.character) for face in page.faces] for index, page in found.items()}
    assert boxes == {
        index: [(tuple(map(float, box)), known.get(character, "")) for box, character in rows]
        for index, rows in pages.items()
    }


@settings(max_examples=200)
@given(st.data())
def test_damage_is_one_line_or_harmless(tmp_path_factory, data):
    text = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=8))
    file = tmp_path_factory.mktemp("xml") / "book.xml"
    file.write_bytes(text)
    said = "book.xml was read"
    try:
        read_book(file, "book.xml")
    except NijigenError as error:
        said = str(error)
    assert said.startswith("book.xml")
    assert said.isprintable()
