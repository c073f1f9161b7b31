"""Opening a network in ONNX: on the CPU, and one clear line where it cannot be opened."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nijigen.errors import NijigenError

NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


def open_session(path: Path, what: str, threads: int = 1, settings: Mapping[str, str] = NO_SETTINGS) -> Any:
    """An ``onnxruntime.InferenceSession`` of a file.

    Args:
        what: what the file should be, for the message where it is not there: ``a face detector``.
        threads: ``prepare`` has a process for every core, so one is enough there.
        settings: of the session, by onnxruntime's names.

    Raises:
        NijigenError: onnxruntime is missing, or the file is missing, damaged or no ONNX model.
    """
    try:
        import onnxruntime
    except ImportError:
        raise NijigenError(f'{path.name} needs onnxruntime: pip install "nijigen[onnx]"') from None
    if not path.is_file():
        raise NijigenError(f"{path} is not there: give the path of {what} in ONNX")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # or it prints lines of its own beside ours
    options.intra_op_num_threads, options.inter_op_num_threads = max(1, threads), 1
    for name, value in settings.items():
        options.add_session_config_entry(name, value)
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a type of its own for everything
        raise NijigenError(f"{path} is damaged or no ONNX model: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """What an error says, in one line of at most 200 letters."""
    return " ".join(str(error).split())[:200]
