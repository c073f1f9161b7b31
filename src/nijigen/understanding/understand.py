"""Text → attributes: plain words about an avatar, in English, 中文 or 日本語, without a model.

>>> from nijigen.illustrator import SCHEMA
>>> understand("a girl with short pink hair, no glasses", SCHEMA).attributes
{'gender': 'girl', 'hair_style': 'short', 'hair_color': 'pink'}
"""

from nijigen.schema import AttributeSchema
from nijigen.understanding.attaching import attach
from nijigen.understanding.claims import claims
from nijigen.understanding.deciding import decide
from nijigen.understanding.denying import deny
from nijigen.understanding.lexicon import dictionaries, lexicon
from nijigen.understanding.reading import read
from nijigen.understanding.tokens import language_of, tokenise
from nijigen.understanding.understood import SHOWN, Understood


def understand(text: str, schema: AttributeSchema) -> Understood:
    """What a text says of a schema's attributes, and what of it was not understood; any text will do.

    Words are looked up in a table, the longest phrase first; colours and sizes go to the thing that they are said of.
    Of two values of one attribute the more exact counts (a long ponytail is a ponytail), else the last.
    """
    tokens, tree = tokenise(text), lexicon(schema)
    language = language_of(tokens)
    items = read(tokens, tree, dictionaries(tokens, language))
    attach(items)
    deny(items)
    found, unknown = claims(items)
    decision = decide(found, schema)
    outside = {
        name: tuple(value for value in schema[name].values if value not in values)
        for name, values in decision.either.items()
    }
    near = {word: known for word in unknown[:SHOWN] if (known := tree.nearest(word.lower()))}
    return Understood(
        attributes=decision.attributes,
        excluded=decision.excluded,
        either=decision.either,
        avoid={**decision.excluded, **outside},
        unknown=unknown,
        near=near,
        conflicts=tuple(decision.conflicts),
        lacking=tuple(decision.lacking),
        language=language,
    )
