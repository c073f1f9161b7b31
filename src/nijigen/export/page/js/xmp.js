// What other programs read in a picture: XMP with the IPTC's digital source type (nijigen/images/xmp.py, to the byte).

const TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
const NAMES =
  'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"';
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** The XMP packet of a model's avatar. */
export function writeXmp({ name, digest }) {
  const rows = [
    ["Iptc4xmpExt:DigitalSourceType", TRAINED],
    ["xmp:CreatorTool", "nijigen"],
    ["Iptc4xmpExt:AISystemUsed", `nijigen: ${name}`],
    ["Iptc4xmpExt:AISystemVersionUsed", digest],
  ];
  return [
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    `  <rdf:Description rdf:about="" ${NAMES}>`,
    ...rows.map(([key, value]) => `   <${key}>${escaped(value)}</${key}>`),
    "  </rdf:Description>",
    " </rdf:RDF>",
    "</x:xmpmeta>",
    '<?xpacket end="r"?>',
  ].join("\n");
}

// XML has no place for control characters, for halves of characters, and for two that are none.
function escaped(text) {
  const kept = [...text].filter((c) => /[\t\n\r\u0020-\ud7ff\ue000-\ufffd]/.test(c) || c.length > 1);
  return kept.join("").replace(/[&<>]/g, (c) => ESCAPES[c]);
}
