"""The page's own modules, run by node, and packages that look like onnxruntime-web's."""

import base64
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(str(files("nijigen.export") / "page"))
CONTENTS = {
    "wasm-script": b"// script",
    "wasm-binary": b"\0asm" * 40,
    "webgpu-script": b"// gpu",
    "webgpu-binary": b"x",
}


@pytest.fixture(scope="session")
def page() -> Path:
    """The folder of the page's files."""
    return PAGE


@pytest.fixture(scope="session")
def in_node(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """``in_node(imports, expression, **values)``: what the page's modules make of some values, by way of JSON."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed: what the page computes is checked in the browser alone")
    folder = tmp_path_factory.mktemp("modules")
    shutil.copytree(PAGE / "js", folder, dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}')

    def run(imports: str, expression: str, **values: Any) -> Any:
        lines = [f'import * as {name} from "./{name}.js";' for name in imports.split()]
        lines += [f"const {name} = {json.dumps(value)};" for name, value in values.items()]
        (folder / "main.mjs").write_text(
            "\n".join([*lines, f"console.log(JSON.stringify(await ({expression})));"]), encoding="utf-8"
        )
        done = subprocess.run([program, "main.mjs"], cwd=folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of a few bytes in the place of onnxruntime-web's, with everything pinned."""
    from nijigen.export.web import runtime

    path = tmp_path / "onnxruntime-web-0.0.1.tgz"
    backends: dict[str, Any] = {}
    with tarfile.open(path, "w:gz") as archive:
        for name, data in CONTENTS.items():
            backend, piece = name.split("-")
            info = tarfile.TarInfo(f"package/dist/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
            told = {"member": info.name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            backends.setdefault(backend, {})[piece] = told
    data = path.read_bytes()
    pins = {
        "package": "onnxruntime-web", "version": "0.0.1", "licence": "MIT", "size": len(data), "backends": backends,
        "integrity": base64.b64encode(hashlib.sha512(data).digest()).decode(),
    }  # fmt: skip
    monkeypatch.setattr(runtime, "pinned", lambda: pins)
    monkeypatch.setattr("nijigen.export.web.folder.pinned", lambda: pins)
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    return path
