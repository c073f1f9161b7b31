"""Reads a pickle without running it: an interpreter of the opcodes that makes plain data of everything.

Why not a ``pickle.Unpickler`` whose ``find_class`` returns harmless types: it still calls what it is given (REDUCE,
NEWOBJ), hands it state (BUILD), lets a length field ask for memory before it looks whether so many bytes follow, and
fills a memo as large as a number says. This reader has no way to call anything: a class or function is a
:class:`~nijigen.interop.inert.Name`, a call a :class:`~nijigen.interop.inert.Call`. Bytes are views of the file, which
is mapped and not read; every step makes at most one small object, and steps, text and open marks are counted. So
memory is bounded by constants, whatever the file says, and no depth of nesting meets recursion.

The opcodes are those of the pickle protocols 0 to 5 (PEP 307, 3154, 574) as the documentation of ``pickletools`` has
them, but for extension registries and out-of-band buffers.
"""

from collections.abc import Callable

from nijigen.interop.inert import Call, RefusedError, Value, add_members, build, call, set_entries
from nijigen.interop.machine import Machine

MOST_STEPS = 500_000  # a checkpoint with networks and optimisers takes some 50,000
LONGEST_NUMBER = 255  # bytes
NEWEST = 5  # protocol

STOP = ord(".")


def read_pickle(data: memoryview, at: int = 0) -> tuple[Value, Machine]:
    """What the pickle at ``at`` says, and the machine that read it (its end, the names and references it met).

    Raises:
        RefusedError: it is damaged, goes beyond a limit, or is none at all.
    """
    machine = Machine(data, at)
    for _ in range(MOST_STEPS):
        code = machine.take(1)[0]
        if code == STOP:
            return machine.pop(), machine
        step = STEPS.get(code)
        if step is None:
            raise RefusedError(f"byte {machine.at - 1:,} is no instruction of a pickle of tensors (0x{code:02x})")
        step(machine)
    raise RefusedError(f"its pickle has more than {MOST_STEPS:,} instructions")


Step = Callable[[Machine], None]
STEPS: dict[int, Step] = {}


def on(code: bytes) -> Callable[[Step], Step]:
    """What a function does is what an opcode does."""

    def keep(step: Step) -> Step:
        STEPS[code[0]] = step
        return step

    return keep


def _constant(code: bytes, make: Callable[[], Value]) -> None:
    STEPS[code[0]] = lambda machine: machine.push(make())


def _number(code: bytes, layout: str) -> None:
    STEPS[code[0]] = lambda machine: machine.push(machine.number(layout))


def _sized(code: bytes, layout: str, make: Callable[[Machine, memoryview], Value]) -> None:
    """A length, and so many bytes."""
    STEPS[code[0]] = lambda machine: machine.push(make(machine, machine.take(machine.number(layout))))


def _memo(code: bytes, layout: str, step: Callable[[Machine, int], None]) -> None:
    STEPS[code[0]] = lambda machine: step(machine, machine.number(layout))


def _latin(machine: Machine, raw: memoryview) -> str:
    return machine.text(raw, "latin-1")


def _long(machine: Machine, raw: memoryview) -> int:
    if len(raw) > LONGEST_NUMBER:
        raise RefusedError(f"a number in it has {len(raw):,} bytes")
    return int.from_bytes(raw, "little", signed=True)


for _code, _make in ((b"N", None), (b"\x88", True), (b"\x89", False), (b")", ())):
    _constant(_code, lambda made=_make: made)  # type: ignore[misc]
for _code, _kind in ((b"]", list), (b"}", dict), (b"\x8f", list)):
    _constant(_code, _kind)
for _code, _layout in ((b"J", "<i"), (b"K", "<B"), (b"M", "<H"), (b"G", ">d")):
    _number(_code, _layout)
for _code, _layout in ((b"\x8c", "<B"), (b"X", "<I"), (b"\x8d", "<Q")):
    _sized(_code, _layout, Machine.text)
for _code, _layout in ((b"C", "<B"), (b"B", "<I"), (b"\x8e", "<Q"), (b"\x96", "<Q")):
    _sized(_code, _layout, lambda _, raw: raw)
for _code, _layout in ((b"U", "<B"), (b"T", "<i")):
    _sized(_code, _layout, _latin)
for _code, _layout in ((b"\x8a", "<B"), (b"\x8b", "<i")):
    _sized(_code, _layout, _long)
for _code, _layout in ((b"q", "<B"), (b"r", "<I")):
    _memo(_code, _layout, Machine.remember)
for _code, _layout in ((b"h", "<B"), (b"j", "<I")):
    _memo(_code, _layout, Machine.recall)

STEPS[ord("(")] = Machine.mark
STEPS[ord("1")] = lambda machine: machine.drop_mark()
STEPS[ord("0")] = lambda machine: machine.drop()
STEPS[ord("2")] = lambda machine: machine.push(machine.top())
STEPS[ord("t")] = lambda machine: machine.push(tuple(machine.since_mark()))
STEPS[ord("l")] = lambda machine: machine.push(machine.since_mark())
STEPS[0x91] = lambda machine: machine.push(machine.since_mark())  # a set that cannot change
STEPS[0x94] = lambda machine: machine.remember(len(machine.memo))
STEPS[ord("p")] = lambda machine: machine.remember(_whole(machine))
STEPS[ord("g")] = lambda machine: machine.recall(_whole(machine))
STEPS[ord("c")] = lambda machine: machine.push(machine.name(machine.line(), machine.line()))
STEPS[ord("P")] = lambda machine: machine.refer(machine.line())
STEPS[ord("Q")] = lambda machine: machine.refer(machine.pop())
STEPS[ord("V")] = lambda machine: machine.push(machine.line())
STEPS[ord("S")] = lambda machine: machine.push(machine.line().strip("'\""))


@on(b"\x80")
def _protocol(machine: Machine) -> None:
    if (version := machine.number("<B")) > NEWEST:
        raise RefusedError(f"its pickle has protocol {version}, which nobody knows")


@on(b"\x95")
def _frame(machine: Machine) -> None:
    if (size := machine.number("<Q")) > len(machine.data) - machine.at:
        raise RefusedError(f"it is cut short or damaged: a frame of {size:,} bytes in {len(machine.data):,}")


@on(b"I")
def _text_number(machine: Machine) -> None:
    text = machine.line()
    machine.push({"00": False, "01": True}[text] if text in ("00", "01") else _parsed(text, int))


@on(b"L")
def _text_long(machine: Machine) -> None:
    machine.push(_parsed(machine.line().rstrip("L"), int))


@on(b"F")
def _text_float(machine: Machine) -> None:
    machine.push(_parsed(machine.line(), float))


@on(b"\x93")
def _name(machine: Machine) -> None:
    name, module = machine.pop(), machine.pop()
    machine.push(machine.name(module, name))


def _tuple(count: int) -> Step:
    def step(machine: Machine) -> None:
        machine.push(tuple([machine.pop() for _ in range(count)][::-1]))

    return step


for _code, _count in ((b"\x85", 1), (b"\x86", 2), (b"\x87", 3)):
    STEPS[_code[0]] = _tuple(_count)


@on(b"d")
def _dictionary(machine: Machine) -> None:
    made: dict[Value, Value] = {}
    set_entries(made, machine.since_mark())
    machine.push(made)


@on(b"s")
def _set_entry(machine: Machine) -> None:
    value, key = machine.pop(), machine.pop()
    set_entries(machine.top(), [key, value])


@on(b"u")
def _set_entries(machine: Machine) -> None:
    pairs = machine.since_mark()
    set_entries(machine.top(), pairs)


@on(b"a")
def _append(machine: Machine) -> None:
    value = machine.pop()
    add_members(machine.top(), [value])


@on(b"e")
@on(b"\x90")
def _extend(machine: Machine) -> None:
    values = machine.since_mark()
    add_members(machine.top(), values)


@on(b"R")
@on(b"\x81")
def _call(machine: Machine) -> None:
    arguments, what = machine.pop(), machine.pop()
    machine.push(call(what, arguments))


@on(b"\x92")
def _call_by_name(machine: Machine) -> None:
    named, arguments, what = machine.pop(), machine.pop(), machine.pop()
    made = call(what, arguments)
    if isinstance(made, Call) and isinstance(named, dict):
        made.entries = named
    machine.push(made)


@on(b"i")
def _instance(machine: Machine) -> None:
    what = machine.name(machine.line(), machine.line())
    machine.push(call(what, tuple(machine.since_mark())))


@on(b"o")
def _object(machine: Machine) -> None:
    found = machine.since_mark()
    machine.push(call(found[0] if found else None, tuple(found[1:])))


@on(b"b")
def _build(machine: Machine) -> None:
    state = machine.pop()
    build(machine.top(), state)


def _parsed(text: str, kind: type[int] | type[float]) -> int | float:
    try:
        return kind(text[:LONGEST_NUMBER])
    except ValueError:
        raise RefusedError("it is damaged: a number in it is none") from None


def _whole(machine: Machine) -> int:
    return int(_parsed(machine.line(), int))
