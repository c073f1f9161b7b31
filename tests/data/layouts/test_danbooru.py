"""Releases as they were published, written small: folders by id modulo 1000 and JSON lines."""

import json
import pickle
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.layouts import danbooru_posts
from nijigen.data.layouts.danbooru import DanbooruSource, detect, parse_ratings
from nijigen.data.layouts.danbooru_posts import metadata_files, read_posts
from nijigen.errors import NijigenError

EVERY = frozenset(danbooru_posts.RATINGS)


def post_2020(key, rating="s", tags=("1girl", "pink_hair"), **more):
    """A line of the releases of 2017 to 2020: everything is text, tags are objects."""
    objects = [{"id": str(100 + n), "name": name, "category": "0"} for n, name in enumerate(tags)]
    row = {"id": str(key), "rating": rating, "source": "", "md5": "0" * 32, "file_ext": "jpg", "tags": objects}
    return row | {"is_deleted": False, "is_banned": False, "pixiv_id": "0", "favs": ["1"], "pools": []} | more


def post_2021(key, rating="s", tags=("1girl", "pink_hair"), **more):
    """A line of the release of 2021: tags are one text."""
    row = {"id": str(key), "rating": rating, "source": "", "file_ext": "jpg", "tag_string": " ".join(tags)}
    return row | {"is_deleted": False, "is_banned": False, "pixiv_id": None} | more


def lines(*rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def release(folder, picture):
    """Writes pictures of the ids given, below ``root`` in the folders that they belong to, and the metadata."""

    def write(ids, metadata, root="512px", name="danbooru2020"):
        files = {f"{root}/{key % 1000:04d}/{key}.jpg": picture(key, 40, 40, "JPEG") for key in ids}
        return folder(files | metadata, name)

    return write


def taken(source):
    listing = source.listing()
    assert sorted(listing.facts) == [entry.name for entry in listing.pictures]
    return [entry.name for entry in listing.pictures], listing


@pytest.mark.parametrize("post", [post_2020, post_2021])
@pytest.mark.parametrize("file", ["metadata/2020000000000000", "metadata/posts000000000000.json", "metadata.jsonl"])
def test_a_release_is_read_with_tags_rating_and_source(release, picture, post, file):
    rows = [
        post(1_000_123, pixiv_id="99"),
        post(5, tags=["ピンク髪", "1boy", "1boy"], source="https://example.org/5"),
        post(77_000_005),
    ]
    path = release([1_000_123, 5, 77_000_005], {file: lines(*rows, post(6))})
    assert detect(path)
    source = pickle.loads(pickle.dumps(DanbooruSource(path)))
    names, listing = taken(source)
    assert source.name == "danbooru2020"
    assert names == ["512px/0005/5.jpg", "512px/0005/77000005.jpg", "512px/0123/1000123.jpg"]
    five, _, first = (listing.facts[name] for name in names)
    assert (first.tags, first.rating) == (("1girl", "pink_hair"), "safe")
    assert first.source == "https://www.pixiv.net/artworks/99"
    assert (five.tags, five.source) == (("ピンク髪", "1boy"), "https://example.org/5")
    assert listing.facts[names[1]].source == "https://danbooru.donmai.us/posts/77000005"
    assert (listing.refused, listing.ignored) == ([], 0)
    entry = listing.pictures[0]
    assert source.read(entry, 2**20) == picture(5, 40, 40, "JPEG")
    assert source.read(entry, 3) == b"\xff\xd8\xff"


def test_safe_pictures_alone_are_taken_unless_asked(release):
    rows = [post_2020(1), post_2020(2, "q"), post_2020(3, "e"), post_2020(4, "x"), post_2020(5, None)]
    path = release(range(1, 7), {"metadata/2020000000000000": lines(*rows)})
    names, listing = taken(DanbooruSource(path))
    assert names == ["512px/0001/1.jpg"]
    assert [(row["file"], row["reason"], row["detail"]) for row in listing.refused] == [
        ("512px/0002/2.jpg", "rating", "questionable"),
        ("512px/0003/3.jpg", "rating", "explicit"),
        ("512px/0004/4.jpg", "rating", "unknown"),
        ("512px/0005/5.jpg", "rating", "unknown"),
        ("512px/0006/6.jpg", "rating", "no metadata names it"),
    ]
    names, listing = taken(DanbooruSource(path, parse_ratings("safe,explicit")))
    assert [listing.facts[name].rating for name in names] == ["safe", "explicit"]
    names, listing = taken(DanbooruSource(path, parse_ratings("all")))
    assert len(names) == 6
    assert listing.facts["512px/0006/6.jpg"].tags == ()


def test_with_the_letter_g_the_letter_s_is_no_longer_safe(release):
    path = release([1, 2], {"metadata/posts0.json": lines(post_2021(1, "s"), post_2021(2, "s"), post_2021(9, "g"))})
    assert taken(DanbooruSource(path))[0] == []
    names, listing = taken(DanbooruSource(path, parse_ratings("safe,sensitive")))
    assert [listing.facts[name].rating for name in names] == ["questionable", "questionable"]
    path = release([1, 9], {"metadata/posts0.json": lines(post_2021(1, "s"), post_2021(9, "g"))}, name="later")
    assert taken(DanbooruSource(path))[0] == ["512px/0009/9.jpg"]


def test_what_its_maker_withdrew_is_never_taken_and_what_the_site_deleted_on_request(release):
    rows = [post_2020(1, is_banned=True), post_2020(2, is_deleted="true"), post_2020(3, is_deleted="false")]
    path = release([1, 2, 3], {"metadata/2019000000000000": lines(*rows)})
    names, listing = taken(DanbooruSource(path))
    assert names == ["512px/0003/3.jpg"]
    assert [row["reason"] for row in listing.refused] == ["banned", "deleted"]
    names, listing = taken(DanbooruSource(path, EVERY, deleted=True))
    assert names == ["512px/0002/2.jpg", "512px/0003/3.jpg"]
    assert [row["reason"] for row in listing.refused] == ["banned"]


def test_of_two_posts_for_one_picture_the_stricter_one_counts(release):
    for number, rows in enumerate(([post_2020(1), post_2020(1, "e")], [post_2020(1, "e"), post_2020(1)])):
        path = release([1], {"metadata/2020000000000000": lines(*rows)}, name=f"twice{number}")
        assert taken(DanbooruSource(path))[0] == []


def test_the_small_pictures_are_read_where_both_are_there(release):
    metadata = {"metadata/2020000000000000": lines(post_2020(1), post_2020(1002))}
    release([1], metadata)
    path = release([1, 1002], {}, root="original")
    assert taken(DanbooruSource(path))[0] == ["512px/0001/1.jpg"]
    assert taken(DanbooruSource(path, root="original"))[0] == ["original/0001/1.jpg", "original/0002/1002.jpg"]
    with pytest.raises(NijigenError, match="no picture folder 'large': use 512px or original"):
        DanbooruSource(path, root="large").listing()


def test_only_tables_of_posts_are_read(release):
    metadata = {
        "metadata/posts000000000000.json": lines(post_2021(1)),
        "metadata/tags000000000000.json": lines({"id": 2, "name": "x", "rating": "s"}),
        "metadata/2020000000000000": lines(post_2021(3)),
    }
    path = release([1, 2, 3], metadata)
    assert taken(DanbooruSource(path))[0] == ["512px/0001/1.jpg"]
    (path / "metadata/posts000000000000.json").unlink()
    assert [file.name for file in metadata_files(path)] == ["2020000000000000"]


def test_a_broken_line_is_named_by_its_number_and_is_not_fatal(release):
    rows = [post_2020(key) for key in range(1, 500)]
    text = lines(*rows).encode()
    broken = [
        b'{"id": "1", \n',
        b'{"id": "2", "rating": "s", "source": "\x82\xa0"}\n',
        b'{"id": "three", "rating": "s"}\n',
    ]
    path = release([1, 499], {"metadata/2020000000000000": b"\n".join([text, *broken[:2]]) + broken[2]})
    names, listing = taken(DanbooruSource(path))
    assert len(names) == 2
    assert [(row["file"], row["reason"]) for row in listing.refused] == [
        ("metadata/2020000000000000", "broken_line")
    ] * 3
    details = [row["detail"] for row in listing.refused]
    assert details[0].startswith("line 501: broken JSON")
    assert details[1:] == ["line 503: not UTF-8", "line 504: its id is no number ('three')"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "1", ', "line 1: broken JSON"),
        ("[1]", "is one JSON array"),
        ('"1"', "line 1: not an object"),
        ('{"rating": "s"}', "line 1: its id is missing"),
        ('{"id": true}', r"its id is no number \('True'\)"),
        ('{"id": -1}', "its id is no number"),
        ('{"id": "²"}', "its id is no number"),
        ('{"id": "../../1"}', "its id is no number"),
        ('{"id": ' + "9" * 5000 + "}", r"line 1: broken JSON \(ValueError\)"),
        ('{"id": 1, "a": ' + "[" * 100_000, r"line 1: broken JSON \(RecursionError\)"),
        ('{"id": 1, "tags": [{"name": 3}]}', "line 1: its tags hold something that is no tag"),
    ],
)
def test_metadata_of_another_kind_is_one_line(release, line, said):
    path = release([1], {"metadata/2020000000000000": line})
    with pytest.raises(NijigenError, match=said) as caught:
        DanbooruSource(path).listing()
    assert "2020000000000000" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_line_without_end_is_broken_and_never_held(release, monkeypatch):
    monkeypatch.setattr(danbooru_posts, "MAX_LINE", 1000)
    rows = [post_2020(key, tags=["a"]) for key in range(1, 300)]
    text = lines(rows[0]) + '{"id": "2", "source": "' + "x" * 5000 + '"}\n' + lines(*rows[1:])
    path = release([1, 299], {"metadata/2020000000000000": text})
    names, listing = taken(DanbooruSource(path))
    assert len(names) == 2
    assert [row["detail"] for row in listing.refused] == ["line 2: longer than 0 MiB"]


def test_metadata_never_names_a_file(release):
    rows = [post_2020(1, file_ext="../../../etc/passwd"), post_2020(2, file_ext="/etc/passwd", md5="..")]
    path = release([1, 2], {"metadata/2020000000000000": lines(*rows)})
    names, listing = taken(DanbooruSource(path))
    assert names == ["512px/0001/1.jpg", "512px/0002/2.jpg"]
    assert listing.refused == []


def test_ways_out_of_the_folder_are_refused(release, folder, picture, tmp_path):
    outside = folder({"0007/7.jpg": picture(7), "secret.jpg": picture(8)}, "outside")
    path = release([1], {"metadata/2020000000000000": lines(*(post_2020(key) for key in range(1, 8)))})
    (path / "512px/0007").symlink_to(outside / "0007")
    (path / "512px/0001/2001.jpg").symlink_to(outside / "secret.jpg")
    (path / "512px/0001/3001.jpg").symlink_to("1.jpg")
    (path / "512px/0002").mkdir()
    (path / "512px/0002/2.jpg").symlink_to("2.jpg")  # a loop
    names, listing = taken(DanbooruSource(path, EVERY))
    assert names == ["512px/0001/1.jpg", "512px/0001/3001.jpg"]
    assert [(row["file"], row["reason"]) for row in listing.refused] == [
        ("512px/0001/2001.jpg", "unsafe_path"),
        ("512px/0002/2.jpg", "unreadable"),
        ("512px/0007", "unsafe_path"),
    ]
    (path / "512px").rename(tmp_path / "elsewhere")
    (path / "512px").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NijigenError, match="512px is a link"):
        DanbooruSource(path).listing()


def test_odd_files_among_the_pictures(release, picture):
    path = release([1], {"metadata/2020000000000000": lines(post_2020(1), post_2020(2))})
    for name in ("2.mp4", "x.jpg", "Thumbs.db", ".1.jpg", "1.txt"):
        (path / "512px/0001" / name).write_bytes(b"x")
    (path / "512px/filelist.txt").write_bytes(b"x")
    (path / "512px/1234").mkdir()
    with open(bytes(path / "512px/0001") + b"/\xff.jpg", "wb"):
        pass
    names, listing = taken(DanbooruSource(path))
    assert names == ["512px/0001/1.jpg"]
    assert [row["file"] for row in listing.refused] == ["512px/0001/x.jpg"]
    assert listing.ignored == 4  # the video, the two texts and the name that is no text


def test_without_metadata_or_pictures_the_line_says_what_to_do(release, tmp_path):
    path = release([1], {})
    with pytest.raises(NijigenError, match=r"has no metadata .*--ratings all"):
        DanbooruSource(path).listing()
    assert taken(DanbooruSource(path, EVERY))[0] == ["512px/0001/1.jpg"]
    with pytest.raises(NijigenError, match="has no folder 512px or original"):
        DanbooruSource(tmp_path).listing()


def test_detection_looks_for_the_folder_that_an_id_asks_for(folder, tmp_path):
    assert detect(folder({"original/0999/1999.png": "x"}, "yes"))
    assert not detect(folder({"original/0001/1999.png": "x"}, "other_folder"))
    assert not detect(folder({"original/0001/photo.png": "x"}, "no_id"))
    assert not detect(folder({"1999/1999.png": "x"}, "no_root"))
    assert not detect(tmp_path / "absent")
    assert not detect(tmp_path / "nul\0")
    file = tmp_path / "file"
    file.write_text("x")
    assert not detect(file)


def test_the_pictures_alone_are_refused_because_their_ratings_are_elsewhere(release, monkeypatch):
    path = release([1], {"metadata/2020000000000000": lines(post_2020(1, "e"))})
    assert detect(path / "512px")
    with pytest.raises(NijigenError, match=r"512px is a part of .*danbooru2020: give that"):
        DanbooruSource(path / "512px").listing()
    monkeypatch.chdir(path / "512px")
    assert detect(Path())


def test_ratings_are_words():
    assert parse_ratings("Safe, q") == {"safe", "questionable"}
    assert parse_ratings("all") == EVERY
    assert parse_ratings(["general"]) == {"safe"}
    with pytest.raises(NijigenError, match=r"no rating 'save' \(did you mean safe\?\): use all or some of safe,sens"):
        parse_ratings("save")
    with pytest.raises(NijigenError, match="no rating ''"):
        parse_ratings("")


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
values = st.recursive(scalars, lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(st.text(), v, max_size=3)))
keys = st.sampled_from(["id", "rating", "tags", "tag_string", "tag_string_general", "source", "pixiv_id", "is_banned"])


@settings(max_examples=80)
@given(st.lists(st.one_of(st.dictionaries(keys, values), values), min_size=1, max_size=3))
def test_any_json_is_a_post_or_a_broken_line(tmp_path_factory, rows):
    base = tmp_path_factory.mktemp("posts")
    file = base / "posts.json"
    file.write_text("\n" + "\n".join(json.dumps(row) for row in rows) + lines(*[post_2020(1)] * 300))
    posts = read_posts([file], base, range(10))
    assert all(row["detail"].startswith("line ") and "\n" not in row["detail"] for row in posts.broken)
    for found in posts.by_id.values():
        assert found.rating in danbooru_posts.RATINGS
        " ".join([*found.tags, found.source]).encode()  # nothing that could not be written


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path_factory, data):
    base = tmp_path_factory.mktemp("posts")
    (base / "posts.json").write_bytes(data)
    said = "posts.json was read"
    try:
        read_posts([base / "posts.json"], base, range(10))
    except NijigenError as error:
        said = str(error)
    assert "posts.json" in said
    assert said.isprintable()


def test_tags_that_no_mapping_asks_for_need_no_memory(release):
    path = release([1], {"metadata/2020000000000000": lines(post_2020(1, tags=["1girl", "sky", "pink_hair"]))})
    _, listing = taken(DanbooruSource(path, tags=frozenset({"pink_hair", "1girl"})))
    assert listing.facts["512px/0001/1.jpg"].tags == ("1girl", "pink_hair")


@pytest.mark.slow
def test_a_hundred_thousand_lines_need_little_memory(tmp_path):
    file = tmp_path / "metadata" / "posts000000000000.json"
    file.parent.mkdir()
    with open(file, "w") as stream:
        for key in range(100_000):
            tags = [f"tag_{key % 977}_{n}" for n in range(15)]
            stream.write(json.dumps(post_2020(key, tags=tags, favs=["1"])) + "\n")
    assert file.stat().st_size > 80 * 2**20
    tracemalloc.start()
    posts = read_posts([file], tmp_path, range(0, 100_000, 100))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (posts.lines, len(posts.by_id), posts.broken) == (100_000, 1000, [])
    assert peak < 8 * 2**20
