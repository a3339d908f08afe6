"""How the parts lie: who may import whom, what is installed, how long a file may be."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("daemon", "models", "export")
MAY_IMPORT = {"daemon": {"daemon"}, "models": {"daemon", "models"}, "export": {"daemon", "models", "export"}}
OWNERS = {
    "sounddevice": {"daemon/sound/capture.py"},
    "onnxruntime": {"daemon/engine.py", "export/quantize.py"},
    "faiss": {"daemon/library/index.py", "export/neighbours/faiss_backends.py"},
    "pythonosc": {"daemon/osc/"},
    "av": {"daemon/sound/decode.py", "models/codec.py"},
    "soundfile": {"daemon/sound/decode.py"},
    "python_stretch": {"daemon/preview/stretch.py"},
    "zeroconf": {"daemon/web/announce.py"},
}
TRAINING = {"torch", "torchaudio", "onnx", "onnxscript"}
LONGEST = 300
GROWN = {
    "daemon/library/catalogue.py": 340,
    "daemon/sound/decode.py": 380,
    "daemon/library/indexer.py": 340,
    "daemon/library/snapshot.py": 305,
    "tests/daemon/library/test_indexer.py": 330,
    "tests/daemon/osc/test_osc_in.py": 440,
}
"""Files that have grown beyond it. They may shrink; nothing may join them."""


def sources():
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imported(tree, module):
    """Names of the modules that TREE, the source of MODULE (a tuple of names), imports; absolute, dotted."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = module[: len(module) - node.level] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return found


def faults(name, text):
    """What the source TEXT of the file NAME (as ``daemon/sound/ring.py``) imports against the rules."""
    module = ("segue", *Path(name).with_suffix("").parts)
    package = module[1]
    told = []
    for other in sorted(imported(ast.parse(text), module)):
        top = other.split(".")[0]
        if top == "segue" and other.count(".") >= 1:
            goes_to = other.split(".")[1]
            if goes_to in PACKAGES and goes_to not in MAY_IMPORT[package]:
                told.append(f"{name} imports {other}")
        if top in OWNERS and not any(name == owner or name.startswith(owner) for owner in OWNERS[top]):
            told.append(f"{name} imports {top}, which belongs to {', '.join(sorted(OWNERS[top]))}")
        if top in TRAINING and package == "daemon":
            told.append(f"{name} imports {top}")
    return told


def test_arrows_and_owners():
    told = [fault for path in sources() for fault in faults(str(path.relative_to(ROOT)), path.read_text("utf-8"))]

    assert not told, "\n".join(told)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("daemon/sound/ring.py", "from ...models import train"),
        ("daemon/osc/sender.py", "from ...export.graph import build"),
        ("models/train.py", "from ..export import parity"),
        ("daemon/sound/ring.py", "import torch.nn"),
        ("daemon/sound/ring.py", "def f():\n    import sounddevice"),
        ("models/datasets/cache.py", "from soundfile import read"),
        ("daemon/advice/matcher.py", "import faiss"),
        ("daemon/commands/run.py", "import torch"),
        ("daemon/commands/run.py", "def run():\n    from ...models.train import train"),
    ],
)
def test_the_rules_catch_what_they_are_for(name, text):
    assert faults(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("models/datasets/cache.py", "from ..daemon.sound.decode import decode"),
        ("export/parity.py", "from ..models import gru\nimport torch"),
        ("daemon/osc/packet.py", "from pythonosc.osc_message import OscMessage"),
    ],
)
def test_the_rules_allow_what_is_right(name, text):
    assert not faults(name, text)


def test_the_daemon_runs_where_torch_is_not():
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources()]
    names = [name.removesuffix(".__init__") for name in names if name.startswith("daemon") and "__main__" not in name]
    code = (
        "import sys, importlib\n"
        f"for name in {names!r}:\n"
        "    try: importlib.import_module('segue.' + name)\n"
        "    except OSError as exc: assert 'PortAudio' in str(exc), name\n"
        f"assert not {TRAINING!r} & set(sys.modules), 'loaded'\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", [*sources(), *sorted((ROOT / "tests").rglob("*.py"))], ids=lambda p: p.name)
def test_a_file_is_short_enough_to_be_read(path):
    limit = GROWN.get(path.relative_to(ROOT).as_posix(), LONGEST)

    assert len(path.read_text("utf-8").splitlines()) <= limit


def test_every_file_opens_with_what_it_is():
    nameless = [str(path) for path in sources() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]

    assert not nameless


def test_every_folder_of_code_is_installed():
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"])
    there = {".".join(["segue", *path.parent.relative_to(ROOT).parts]) for path in sources()}

    assert listed == there
