"""The command line as a shell sees it: exit statuses, one line on stderr, quick help."""

import os
import signal
import subprocess
import sys
import time

import pytest

from segue.daemon import __main__ as cli
from segue.daemon.errors import ConfigError, SegueError

ABOVE = ("train", "export", "evaluate")
"""Commands of the packages above the daemon."""
SEGUE = [sys.executable, "-m", "segue.daemon"]


def segue(*arguments, **more):
    return subprocess.run([*SEGUE, *arguments], capture_output=True, text=True, timeout=60, check=False, **more)


def test_version():
    done = segue("--version")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("segue 0.")


def test_help_lists_every_command_and_loads_nothing_heavy():
    code = "import sys; from segue.daemon.__main__ import build; build(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    for heavy in ("numpy", "onnxruntime", "faiss", "scipy", "sounddevice", "torch", "pydantic", "rich"):
        assert heavy not in loaded
    told = segue("--help")
    assert told.returncode == 0
    for command in (*cli.COMMANDS, *ABOVE):
        assert command in told.stdout


def test_every_command_has_help():
    for command in (*cli.COMMANDS, *ABOVE):
        done = segue(command, "--help")

        assert done.returncode == 0, command
        assert "Usage" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="there is no such clock")
def test_help_is_quick():
    """Counted in processor time, which does not depend on what else the machine does."""
    import resource

    def spent_s():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before_s = spent_s()
    segue("--help")

    assert spent_s() - before_s < 0.5


@pytest.mark.parametrize("arguments", [["nonsense"], ["demo", "--nonsense"], ["demo", "--speed", "0"], ["replay"]])
def test_wrong_use_is_2(arguments):
    done = segue(*arguments)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def failing(exc):
    def command() -> None:
        raise exc

    return command


def end(monkeypatch, capsys, exc):
    """Run a command that ends with EXC; give its status and what stderr said."""
    monkeypatch.delenv("SEGUE_DEBUG", raising=False)

    def build():
        import typer

        root = typer.Typer(pretty_exceptions_enable=False)
        root.callback()(cli.options)
        root.command("fail")(failing(exc))
        return root

    monkeypatch.setattr(cli, "build", build)
    with pytest.raises(SystemExit) as caught:
        cli.main(["fail"])
    return caught.value.code, capsys.readouterr().err


@pytest.mark.parametrize(("exc", "status"), [(SegueError("it broke"), 1), (ConfigError("it broke"), 2)])
def test_our_errors_are_one_line_and_a_status(monkeypatch, capsys, exc, status):
    assert end(monkeypatch, capsys, exc) == (status, "segue: it broke\n")


def test_what_nobody_foresaw_is_one_line_and_a_file_with_the_traceback(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    status, told = end(monkeypatch, capsys, KeyError("x"))

    assert status == 1
    assert told.count("\n") == 1
    (file,) = tmp_path.iterdir()
    assert str(file) in told
    assert "KeyError" in file.read_text()


def test_debug_shows_the_traceback(monkeypatch, capsys):
    monkeypatch.setattr(cli, "build", failing(SegueError("it broke")))
    monkeypatch.setenv("SEGUE_DEBUG", "1")

    with pytest.raises(SegueError):
        cli.main([])


def test_ctrl_c_is_130(monkeypatch, capsys):
    assert end(monkeypatch, capsys, KeyboardInterrupt())[0] == 130


def test_a_reader_that_goes_away_is_passed_over_in_silence():
    with subprocess.Popen([*SEGUE, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        told = process.stderr.read()

    assert told == b""


@pytest.mark.skipif(os.name == "nt", reason="signals are another thing there")
def test_ctrl_c_in_the_middle_of_a_demo_ends_it_without_a_traceback(tmp_path):
    process = subprocess.Popen(
        [*SEGUE, "demo", "--keep", str(tmp_path / "kept"), "--picture", str(tmp_path / "p.svg")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not (tmp_path / "kept" / "library").exists() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)

    assert process.returncode == 130
    assert b"Traceback" not in told
