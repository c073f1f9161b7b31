"""OpenCV, loaded when the first face is looked for, and its cascades."""

from functools import cache
from pathlib import Path
from typing import Any

from nijigen.errors import NijigenError

MAX_CASCADE_BYTES = 64 * 2**20


@cache
def opencv() -> Any:
    """The module ``cv2``.

    Raises:
        NijigenError: it is not installed, or is a version without cascades.
    """
    try:
        import cv2
    except ImportError:
        raise NijigenError('finding faces needs opencv: pip install "nijigen[detect]"') from None
    if not hasattr(cv2, "CascadeClassifier"):  # version 5 dropped them
        raise NijigenError('finding faces needs an opencv below 5: pip install "nijigen[detect]"')
    # Prepare has a process for every core. And one thread finds the same faces in the same order every time.
    cv2.setNumThreads(1)
    return cv2


def own_cascade(name: str) -> Path:
    """The path of a cascade that comes with OpenCV.

    Raises:
        NijigenError: this build of OpenCV came without it.
    """
    cv2 = opencv()
    path = Path(getattr(getattr(cv2, "data", None), "haarcascades", "")) / name
    if not path.is_file():
        raise NijigenError(f'this opencv came without {name}: pip install "nijigen[detect]"')
    return path


def load_cascade(path: Path) -> Any:
    """A ``cv2.CascadeClassifier`` from an XML file.

    Raises:
        NijigenError: the file cannot be read or is no cascade.
    """
    cv2 = opencv()
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_CASCADE_BYTES + 1)
    except OSError as error:
        raise NijigenError(
            f"cannot read {path}: {error.strerror}; give a cascade (.xml) or a network (.onnx)"
        ) from None
    problem = f"{path} is damaged or no cascade of OpenCV: give the .xml file as its author published it"
    if len(data) > MAX_CASCADE_BYTES:
        raise NijigenError(problem)
    former = cv2.getLogLevel() if hasattr(cv2, "getLogLevel") else None
    if former is not None:
        cv2.setLogLevel(0)  # or OpenCV prints lines of its own beside ours
    try:
        # From memory: OpenCV cannot open every path that Python can.
        store = cv2.FileStorage(data.decode("utf-8"), cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        cascade = cv2.CascadeClassifier()
        if not cascade.read(store.getFirstTopLevelNode()) or cascade.empty():
            raise NijigenError(problem)
    except (cv2.error, SystemError, UnicodeDecodeError):
        raise NijigenError(problem) from None
    finally:
        if former is not None:
            cv2.setLogLevel(former)
    return cascade
