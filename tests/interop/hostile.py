"""Files that mean harm, by what they try: written opcode by opcode, as no pickler would."""

import io
import pickle
import struct
import warnings
import zipfile
from functools import cache
from pathlib import Path

import torch
from tests.interop import writers

P = b"\x80\x04"  # protocol 4
HUGE = 10 * 2**30


def text(word: str) -> bytes:
    raw = word.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def entry(key: str, value: bytes) -> bytes:
    """A snapshot that has something else where its network should be."""
    return P + b"}" + text(key) + value + b"s."


def calls(sentinel: Path) -> dict[str, bytes]:
    """Every way in which a pickle calls a function, each of which would leave the sentinel."""
    command, code = f"touch {sentinel}", f"open({str(sentinel)!r}, 'w')"
    system, run = named("os", "system"), named("builtins", "eval")
    network = b"}" + text("type") + text("class") + text("module_src")
    ways = {
        "os.system by REDUCE": system + text(command) + b"\x85R",
        "posix.system by STACK_GLOBAL": text("posix") + text("system") + b"\x93" + text(command) + b"\x85R",
        "eval": run + text(code) + b"\x85R",
        "exec": named("builtins", "exec") + text(code) + b"\x85R",
        "INST": b"(" + text(command) + b"ios\nsystem\n",
        "OBJ": b"(" + system + text(command) + b"o",
        "NEWOBJ": named("subprocess", "Popen") + text(command) + b"\x85\x81",
        "NEWOBJ_EX": named("subprocess", "Popen") + b")}" + text("args") + text(command) + b"s\x92",
        "BUILD": named("builtins", "object") + b")\x81}" + text("__setstate__") + system + b"sb",
        "an attribute of an attribute": named("builtins", "getattr") + system + text("__call__") + b"\x86R"
        + text(command) + b"\x85R",
        "runpy": named("runpy", "run_path") + text(str(sentinel)) + b"\x85R",
        "importlib": named("importlib", "import_module") + text("antigravity") + b"\x85R",
        "a persistent id": text(command) + b"Q",
        "source text": named("torch_utils.persistence", "_reconstruct_persistent_obj") + network + text(code)
        + b"sss\x85R",
        "a call of a call": b"(" + run + text(code) + b"\x85R" + text(command) + b"o",
    }  # fmt: skip
    files = {f"{way}, top": P + value + b"." for way, value in ways.items()}
    files |= {f"{way}, G_ema": entry("G_ema", value) for way, value in ways.items()}
    files |= {f"{way}, g_ema": entry("g_ema", b"}" + text("input.input") + value + b"s") for way, value in ways.items()}
    return files


@cache
def bombs() -> dict[str, bytes]:
    """What takes more memory or more time than it has bytes."""
    laugh = b"]\x94" + b"".join(b"](" + b"h\x00" * 9 + b"e\x94" for _ in range(20_000))
    tuples = b")" + b"\x85" * 400_000
    lists = b"]" * 200_000 + b"a" * 199_999
    return {
        "bytes of 10 GB": P + b"\x8e" + struct.pack("<Q", HUGE) + b"abc.",
        "text of 10 GB": P + b"\x8d" + struct.pack("<Q", HUGE) + b"abc.",
        "a bytearray of 10 GB": P + b"\x96" + struct.pack("<Q", HUGE) + b"abc.",
        "bytes of 4 GB": P + b"B" + struct.pack("<I", 2**32 - 1) + b"abc.",
        "a length below nothing": P + b"T" + struct.pack("<i", -5) + b"abc.",
        "a frame of 10 GB": P + b"\x95" + struct.pack("<Q", HUGE) + b"N.",
        "a number of 2 GB": P + b"\x8b" + struct.pack("<i", 2**31 - 1) + b"abc.",
        "a number of a thousand bytes": P + b"\x8b" + struct.pack("<i", 1000) + bytes(1000) + b".",
        "a memo with huge indices": P + b"N" + b"".join(b"r" + struct.pack("<I", 2**32 - i) for i in (1, 2, 3)) + b".",
        "a memo of everything": P + b"N" + b"\x94" * 600_000 + b".",
        "a billion laughs": P + laugh + b".",
        "tuples in tuples": P + tuples + b".",
        "lists in lists": P + lists + b".",
        "marks in marks": P + b"(" * 2_000_000 + b".",
        "objects in objects": P + named("a", "b") + b")R" + (named("a", "b") + b"\x8c\x00\x86R") * 40_000 + b".",
        "many instructions": P + b"N0" * 2_000_000 + b".",
        "text upon text": P + (b"X" + struct.pack("<I", 2**20) + b"a" * 2**20 + b"0") * 40 + b".",
        "a dictionary of numbers that collide": P + b"}("
        + b"".join(b"\x8a\x0a" + (k * (2**61 - 1)).to_bytes(10, "little", signed=True) + b"N" for k in range(70_000))
        + b"u.",
        "a module in itself": _cycle(),
    }  # fmt: skip


def _cycle() -> bytes:
    """A network whose part is the network: a walk through it must end."""
    head = P + b"}\x94" + text("G_ema") + named("torch_utils.persistence", "_reconstruct_persistent_obj") + b"}\x94"
    inside = text("state") + b"}" + text("_modules") + b"}(" + b"".join(
        text(f"m{number}") + named("torch_utils.persistence", "_reconstruct_persistent_obj") + b"h\x01\x85R"
        for number in range(50)) + b"uss"  # fmt: skip
    return head + inside + b"\x85Rs."


def damaged() -> dict[str, bytes]:
    """What no writer writes, by accident or not."""
    return {
        "nothing": b"",
        "a word": b"hello",
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(64),
        "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(64),
        "safetensors": struct.pack("<Q", 16) + b'{"__metadata__":{',
        "nothing on the stack": P + b".",
        "a mark that is never used": P + b"(t",
        "an end without a beginning": P + b"Nt.",
        "a recall of nothing": P + b"h\x07.",
        "an extension": P + b"\x82\x01.",
        "an out-of-band buffer": P + b"\x97.",
        "a protocol of tomorrow": b"\x80\x09N.",
        "a call of text": P + text("os.system") + b")R.",
        "entries of None": P + b"N" + text("a") + b"Ns.",
        "members of text": P + text("a") + b"Na.",
        "attributes of a number": P + b"K\x01}b.",
        "a key that is a list": P + b"}]Ns.",
        "a number that is none": P + b"Iabc\n.",
        "a line without an end": P + b"c" + b"a" * 100_000,
        "text that is none": P + b"X\x02\x00\x00\x00\xff\xfe.",
        "a class named by a number": P + b"K\x01K\x02\x93.",
        "TensorFlow": P + named("dnnlib.tflib.network", "Network") + b")\x81" * 1 + b".",
    }


@cache
def zips() -> dict[str, bytes]:
    """Archives that are not what torch.save writes."""
    good = _saved(writers.ordered(writers.rosinality_weights(resolution=8)))
    names = {f"{name}": data for name, data in (("archive/data.pkl", P + b"N."), ("archive/version", b"3\n"))}
    bomb = _zip({**names, "archive/data/0": bytes(50 * 2**20)}, zipfile.ZIP_DEFLATED)
    many = _zip({f"archive/{number}": b"" for number in range(70_000)})
    twice = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(twice, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("archive/data.pkl", P + b"N.")
        archive.writestr("archive/data.pkl", P + b"}.")
    long = bytearray(good)
    at = long.rfind(b"PK\x01\x02")
    long[at + 20 : at + 28] = struct.pack("<II", 2**31, 2**31)
    wide = bytearray(_zip(names))
    end = wide.rfind(b"PK\x05\x06")
    wide[end + 12 : end + 20] = struct.pack("<II", 2**32 - 1, 0)
    spoilt = bytearray(good)
    spoilt[good.index(b"data/0") + 200] ^= 0xFF
    return {
        "a zip bomb": bomb,
        "70,000 records": many,
        "two records of one name": twice.getvalue(),
        "a record longer than the file": bytes(long),
        "a directory longer than the file": bytes(wide),
        "another check sum": bytes(spoilt),
        "no directory": good[: len(good) // 2],
        "no data.pkl": _zip({"a/b": b"c"}),
        "no records": _zip({}) and b"PK\x03\x04" + _zip({}),
        "TorchScript": _zip({**names, "archive/constants.pkl": P + b"N.", "archive/code/a.py": b"import os"}),
        "the other order of bytes": _zip({**names, "archive/byteorder": b"big"}),
        "paths that lead out": _zip({"../../../tmp/evil": b"x", "../../../tmp/data.pkl": P + b"N."}),
    }


def tensors() -> dict[str, bytes]:
    """Tensors that are not in their storages."""
    storage = b"(" + text("storage") + named("torch", "FloatStorage") + text("0") + text("cpu")

    def tensor(
        size: bytes, stride: bytes, offset: bytes = b"K\x00", count: bytes = b"K\x04", of: bytes = storage
    ) -> bytes:
        rebuilt = named("torch._utils", "_rebuild_tensor_v2") + b"(" + of + count + b"tQ" + offset + size + stride
        value = rebuilt + b"\x89}tR"
        return _zip({"a/data.pkl": P + b"}" + text("input.input") + value + b"s" + text("style.1.weight") + value
                     + b"s.", "a/data/0": bytes(16), "a/version": b"3\n"})  # fmt: skip

    trillion = b"\x8a\x06" + (2**40).to_bytes(6, "little")
    kind = b"(" + text("storage") + named("os", "FloatStorage") + text("0") + text("cpu")
    return {
        "a trillion numbers of one": tensor(trillion + trillion + b"\x86", b"K\x00K\x00\x86"),
        "a trillion numbers": tensor(trillion + b"K\x01\x86", b"K\x01K\x01\x86", count=trillion),
        "a step below nothing": tensor(b"K\x02K\x02\x86", b"J\xff\xff\xff\xffK\x01\x86"),
        "beyond its storage": tensor(b"K\x02K\x02\x86", b"K\x02K\x01\x86", offset=b"K\x03"),
        "a shape of words": tensor(text("a") + text("b") + b"\x86", b"K\x02K\x01\x86"),
        "steps of another number": tensor(b"K\x02K\x02\x86", b"K\x01\x85"),
        "three hundred dimensions": tensor(b"(" + b"K\x01" * 300 + b"t", b"(" + b"K\x01" * 300 + b"t"),
        "a class of numbers that is none": tensor(b"K\x02K\x02\x86", b"K\x02K\x01\x86", of=kind),
        "true and false as a shape": tensor(b"\x88\x88\x86", b"\x88\x88\x86"),
    }


def _zip(records: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in records.items():
            archive.writestr(name, data)
    return made.getvalue()


def _saved(value: object) -> bytes:
    made = io.BytesIO()
    torch.save(value, made)
    return made.getvalue()


def all_of(sentinel: Path) -> dict[str, bytes]:
    """Every file here, by what it tries."""
    return {**calls(sentinel), **bombs(), **damaged(), **zips(), **tensors()}


def would_work(data: bytes) -> bool:
    """Whether Python's own unpickler would have done what a file asks for."""
    try:
        pickle.loads(data)
    except Exception:
        return False
    return True
