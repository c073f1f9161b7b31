"""XMP: the few lines of XML in a picture that other programs read.

>>> read_xmp(write_xmp(SourceType.ALGORITHMIC)).source
'http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia'

Written are the IPTC's digital source type, the tool and, of a model's avatar, which model (IPTC Photo Metadata Standard
2025.1, "AI System Used"); in WebP also the birth certificate, as WebP has one place for such things. The form: XMP
Specification Part 1 (ISO 16684-1), section 7, with one RDF description and a property an element.

Packets that are read may be a stranger's: a document type, and with it any entity, ends the reading, nothing is
fetched, no tree is built, and what is too long is not looked at.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from nijigen.images.source import SourceType

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XMP = "http://ns.adobe.com/xap/1.0/"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
OWN = "urn:nijigen:xmp:1.0/"  # a name, not a place: there is nothing to fetch
TOOL = "nijigen"
MOST_BYTES = 8 * 2**20  # of a packet; a certificate of the largest size is 1 MiB
MOST_DEPTH = 32

SOURCE_NAME, TOOL_NAME, CERTIFICATE_NAME = f"{IPTC} DigitalSourceType", f"{XMP} CreatorTool", f"{OWN} certificate"
READ = (SOURCE_NAME, TOOL_NAME, CERTIFICATE_NAME)


@dataclass(frozen=True)
class Xmp:
    """What a packet says; None where it says nothing of it.

    Attributes:
        source: the digital source type, as it is written: a URI, in most files.
        tool: the program that made the picture.
        certificate: the text of a birth certificate.
        damaged: the packet is no XML, or none that is read; what comes before the damage may be there.
    """

    source: str | None = None
    tool: str | None = None
    certificate: str | None = None
    damaged: bool = False


def write_xmp(source: SourceType | None, facts: Mapping[str, Any] | None = None, certificate: bool = False) -> bytes:
    """An XMP packet, UTF-8; empty where there is nothing to say.

    Args:
        facts: the birth certificate of an avatar, from which its model is told.
        certificate: put the certificate itself in as well.
    """
    if source is None and not certificate:
        return b""
    rows = [] if source is None else [("Iptc4xmpExt:DigitalSourceType", source.uri)]
    rows.append(("xmp:CreatorTool", TOOL))
    if facts is not None and facts.get("kind") == "model":
        rows.append(("Iptc4xmpExt:AISystemUsed", f"nijigen: {facts.get('model', 'a model')}"))
        rows.append(("Iptc4xmpExt:AISystemVersionUsed", str(facts.get("digest", ""))))
    if facts is not None and certificate:
        rows.append(("nijigen:certificate", json.dumps(facts, separators=(",", ":"))))
    elements = "".join(f"   <{name}>{_text(text)}</{name}>\n" for name, text in rows)
    own = f' xmlns:nijigen="{OWN}"' if certificate else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f' <rdf:RDF xmlns:rdf="{RDF}">\n'
        f'  <rdf:Description rdf:about="" xmlns:xmp="{XMP}" xmlns:Iptc4xmpExt="{IPTC}"{own}>\n'
        f"{elements}"
        "  </rdf:Description>\n"
        " </rdf:RDF>\n"
        "</x:xmpmeta>\n"
        '<?xpacket end="r"?>'
    ).encode()


def read_xmp(packet: bytes | None) -> Xmp:
    """What a packet says of the source and the tool, and a birth certificate in it; never raises.

    A property may be an element, its ``rdf:resource``, or an attribute of its description; of several the first counts.
    """
    if not packet:
        return Xmp()
    if len(packet) > MOST_BYTES:
        return Xmp(damaged=True)
    reader = _Reader()
    damaged = False
    try:
        reader.parser.Parse(packet.rstrip(b"\0 \r\n\t"), True)
    except (expat.ExpatError, _RefusedError, ValueError, LookupError):  # LookupError: an encoding nobody has
        damaged = True
    found = reader.found
    return Xmp(found.get(SOURCE_NAME), found.get(TOOL_NAME), found.get(CERTIFICATE_NAME), damaged)


class _RefusedError(Exception):
    """XML that is not read: with a document type, or too deep."""


class _Reader:
    """Collects the properties by name while the parser goes through the text."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._depth = 0
        self._open: tuple[int, str] | None = None  # how deep, which property
        self._parts: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._take

    def _refuse(self, *_: object) -> None:
        raise _RefusedError

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise _RefusedError
        if name == f"{RDF} Description":
            for wanted in READ:
                if wanted in attributes:
                    self.found.setdefault(wanted, attributes[wanted])
        elif name in READ and self._open is None:
            self._open, self._parts = (self._depth, name), []
            if resource := attributes.get(f"{RDF} resource"):
                self.found.setdefault(name, resource)

    def _take(self, text: str) -> None:
        if self._open:
            self._parts.append(text)

    def _end(self, _: str) -> None:
        if self._open and self._open[0] == self._depth:
            text = "".join(self._parts).strip()
            if text:
                self.found.setdefault(self._open[1], text)
            self._open = None
        self._depth -= 1


def _text(text: str) -> str:
    """A text as XML 1.0 can hold it: without control characters, surrogates and the two that are no characters."""
    kept = (c for c in text if c in "\t\n\r" or " " <= c < "\ud800" or "\ue000" <= c < "\ufffe" or c > "\uffff")
    return escape("".join(kept))
