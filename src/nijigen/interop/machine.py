"""What reads a pickle keeps while it does: where it is, a stack, marks, a memo, and how much it has met.

See :mod:`nijigen.interop.opcodes` for what the instructions do, and why they cannot do harm.
"""

import struct

from nijigen.interop.inert import Name, Reference, RefusedError, Value

MOST_TEXT = 32 * 2**20  # bytes of all text: a network's source is 50,000
MOST_MARKS = 1_000  # open at once
LONGEST_LINE = 4_096  # bytes


class Machine:
    """Reads one pickle of ``data`` from ``at``.

    Attributes:
        at: where the next byte is; after its end the first one behind the pickle.
        names: every name that was met.
        references: everything outside that was referred to.
    """

    def __init__(self, data: memoryview, at: int = 0) -> None:
        self.data, self.at = data, at
        self.stack: list[Value] = []
        self.marks: list[int] = []
        self.memo: dict[int, Value] = {}
        self.names: dict[Name, None] = {}
        self.references: list[Reference] = []
        self._text = 0

    def take(self, count: int) -> memoryview:
        """The next ``count`` bytes, not copied."""
        left = len(self.data) - self.at
        if not 0 <= count <= left:
            raise RefusedError(
                f"it is cut short or damaged: at byte {self.at:,} it needs {count:,} more, and has {left:,}"
            )
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, layout: str) -> int:
        """The next number, as :mod:`struct` describes it."""
        found: int = struct.unpack(layout, self.take(struct.calcsize(layout)))[0]
        return found

    def line(self) -> str:
        """The text up to the end of the line, without it."""
        window = bytes(self.data[self.at : self.at + LONGEST_LINE])
        end = window.find(b"\n")
        if end < 0:
            raise RefusedError(f"it is damaged: a line at byte {self.at:,} has no end")
        self.at += end + 1
        return self.text(window[:end])

    def text(self, raw: bytes | memoryview, encoding: str = "utf-8") -> str:
        """Text out of its bytes; all text together is bounded."""
        self._text += len(raw)
        if self._text > MOST_TEXT:
            raise RefusedError(f"it holds more than {MOST_TEXT:,} bytes of text")
        try:
            return str(raw, encoding, "surrogatepass")
        except UnicodeDecodeError:
            raise RefusedError(f"it is damaged: no text before byte {self.at:,}") from None

    def push(self, value: Value) -> None:
        """Put something on the stack."""
        self.stack.append(value)

    def pop(self) -> Value:
        """Take the last thing from the stack."""
        self.top()
        return self.stack.pop()

    def top(self) -> Value:
        """The last thing on the stack, behind the last mark."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise RefusedError(f"it is damaged: byte {self.at - 1:,} takes what was never put there")
        return self.stack[-1]

    def drop(self) -> None:
        """Forget the last thing; where there is none behind the last mark, the mark."""
        if self.marks and len(self.stack) == self.marks[-1]:
            self.marks.pop()
        else:
            self.pop()

    def drop_mark(self) -> None:
        """Forget everything since the last mark, and the mark."""
        self.since_mark()

    def mark(self) -> None:
        """Remember how high the stack is."""
        if len(self.marks) >= MOST_MARKS:
            raise RefusedError(f"it is nested more than {MOST_MARKS:,} deep")
        self.marks.append(len(self.stack))

    def since_mark(self) -> list[Value]:
        """Take everything from the stack that was put there since the last mark, and the mark."""
        if not self.marks:
            raise RefusedError(f"it is damaged: byte {self.at - 1:,} ends what was never begun")
        start = self.marks.pop()
        found = self.stack[start:]
        del self.stack[start:]
        return found

    def remember(self, key: int) -> None:
        """Keep the last thing by a number."""
        self.memo[key] = self.top()

    def recall(self, key: int) -> None:
        """Put what was kept by a number on the stack."""
        if key not in self.memo:
            raise RefusedError(f"it is damaged: byte {self.at - 1:,} recalls what was never kept")
        self.push(self.memo[key])

    def name(self, module: Value, name: Value) -> Name:
        """A name, noted among those met."""
        if not isinstance(module, str) or not isinstance(name, str):
            raise RefusedError("it names a class by what is no text")
        found = Name(module, name)
        self.names[found] = None
        return found

    def refer(self, to: Value) -> None:
        """Put a reference to something outside on the stack."""
        found = Reference(to)
        self.references.append(found)
        self.push(found)
