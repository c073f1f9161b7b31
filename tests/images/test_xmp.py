"""XMP is what other readers of XML find, and no packet of a stranger does harm."""

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.images.source import SCHEME, SourceType, meaning, source_of, source_of_all
from nijigen.images.xmp import IPTC, MOST_BYTES, OWN, RDF, XMP, read_xmp, write_xmp

MODEL = {"kind": "model", "model": "chibi", "digest": "d" * 64, "attributes": {"发色": "粉色 <&>\"'"}}


def properties(packet: bytes) -> dict[str | None, str | None]:
    """{qualified name: text} of an XMP packet, by Python's own parser of XML."""
    (description,) = ElementTree.fromstring(packet).iter(f"{{{RDF}}}Description")
    return {element.tag: element.text for element in description}


def packet(inner: str, attributes: str = "", before: str = "") -> bytes:
    """A packet of another program."""
    names = f'xmlns:i="{IPTC}" xmlns:x="{XMP}" xmlns:n="{OWN}" xmlns:r="{RDF}"'
    return f"{before}<r:RDF {names}><r:Description {attributes}>{inner}</r:Description></r:RDF>".encode()


def test_another_reader_finds_source_tool_and_model() -> None:
    assert properties(write_xmp(SourceType.TRAINED, MODEL)) == {
        f"{{{IPTC}}}DigitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        f"{{{XMP}}}CreatorTool": "nijigen",
        f"{{{IPTC}}}AISystemUsed": "nijigen: chibi",
        f"{{{IPTC}}}AISystemVersionUsed": "d" * 64,
    }


def test_the_certificate_is_in_it_only_where_it_is_asked_for() -> None:
    assert b"attributes" not in write_xmp(SourceType.TRAINED, MODEL)
    found = properties(write_xmp(SourceType.TRAINED, MODEL, certificate=True))
    assert found[f"{{{OWN}}}certificate"] == read_xmp(write_xmp(None, MODEL, certificate=True)).certificate
    assert write_xmp(None, MODEL) == b""


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_whatever_is_in_a_certificate_comes_back(value: Any) -> None:
    import json

    facts = {"kind": "model", "model": str(value), "value": value}
    made = write_xmp(SourceType.TRAINED, facts, certificate=True)
    found = read_xmp(made)
    assert not found.damaged
    assert found.source == SourceType.TRAINED.uri
    assert json.loads(found.certificate or "") == json.loads(json.dumps(facts))
    assert properties(made)[f"{{{OWN}}}certificate"] == found.certificate


@pytest.mark.parametrize(
    "made",
    [
        packet("<i:DigitalSourceType>a</i:DigitalSourceType><x:CreatorTool>b</x:CreatorTool>"),
        packet('<i:DigitalSourceType r:resource="a"/><x:CreatorTool>\n b \n</x:CreatorTool>'),
        packet("", 'i:DigitalSourceType="a" x:CreatorTool="b"'),
        packet("<i:DigitalSourceType>a</i:DigitalSourceType>", 'x:CreatorTool="b"') + b"\0\0\n",
        packet(
            "<i:DigitalSourceType>a</i:DigitalSourceType><i:DigitalSourceType>c</i:DigitalSourceType>"
            "<x:CreatorTool><r:Bag><r:li>b</r:li></r:Bag></x:CreatorTool>"
        ),
    ],
    ids=["elements", "resource", "attributes", "padded", "twice"],
)
def test_every_way_to_write_a_property_is_read(made: bytes) -> None:
    found = read_xmp(made)
    assert (found.source, found.tool, found.damaged) == ("a", "b", False)


HOSTILE = {
    "entities": packet("<x:CreatorTool>&a;</x:CreatorTool>", before='<!DOCTYPE r [<!ENTITY a "expanded">]>'),
    "laughs": packet(
        "<x:CreatorTool>&c;</x:CreatorTool>",
        before=f'<!DOCTYPE r [<!ENTITY a "{"ha" * 100}"><!ENTITY b "{"&a;" * 100}"><!ENTITY c "{"&b;" * 100}">]>',
    ),
    "a file": packet(
        "<x:CreatorTool>&a;</x:CreatorTool>", before='<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    ),
    "deep": b"<a>" * 100_000,
    "long": b"<a>" + b" " * MOST_BYTES + b"</a>",
    "no XML": b"\xff\xfe\x00 nothing",
    "an encoding nobody has": b"<?xml version='1.0' encoding='klingon'?><a/>",
    "cut": write_xmp(SourceType.TRAINED, MODEL)[:-30],
}


@pytest.mark.parametrize("made", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_packets_are_damaged_and_resolve_nothing(made: bytes) -> None:
    found = read_xmp(made)
    assert found.damaged
    assert found.tool in (None, "nijigen")


@given(data=st.data())
def test_damage_never_raises(data: Any) -> None:
    whole = bytearray(write_xmp(SourceType.TRAINED, MODEL, certificate=True))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read_xmp(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    read_xmp(data.draw(st.binary(max_size=200)))


@pytest.mark.parametrize(
    ("facts", "source"),
    [
        ({"kind": "model"}, SourceType.TRAINED),
        ({"kind": "model", "painted": {}, "enlarged": [{"weights": "d"}]}, SourceType.TRAINED),
        ({"kind": "illustration"}, SourceType.ALGORITHMIC),
        ({"kind": "illustration", "enlarged": [{"weights": "", "method": "lanczos"}]}, SourceType.ALGORITHMIC),
        ({"kind": "illustration", "enlarged": [{"weights": ""}, {"weights": "d"}]}, SourceType.EDITED),
        ({"kind": "illustration", "enlarged": 3, "painted": {}}, SourceType.EDITED),
        ({"kind": "photograph"}, None),
        ({"kind": ["model"]}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_certificate_decides_the_source(facts: Any, source: SourceType | None) -> None:
    assert source_of(facts) is source


def test_a_sheet_is_what_its_avatars_are() -> None:
    model, drawn = {"kind": "model"}, {"kind": "illustration"}
    assert source_of_all([model, model]) is SourceType.TRAINED
    assert source_of_all([model, drawn]) is SourceType.MIXED
    assert source_of_all([model, {}]) is None
    assert source_of_all([]) is None


def test_terms_have_a_meaning() -> None:
    assert meaning(SCHEME + "digitalCapture") == "captured by a digital camera"
    assert meaning(SCHEME.replace("http:", "https:") + "trainedAlgorithmicMedia ") == meaning(SourceType.TRAINED.uri)
    assert meaning("trainedAlgorithmicMedia") is None
    assert meaning(SCHEME + "dreamt") is None
    assert all(meaning(term.uri) for term in SourceType)
