"""Fetching music, with packages made here in place of Debian's."""

import os
import shutil
import subprocess
import zipfile

import numpy as np
import pytest
import soundfile

from segue.daemon.errors import SegueError
from segue.models.datasets import sources
from segue.models.datasets.corpus import fetch, listed
from segue.models.datasets.package import unpack

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
MUSIC = b"OggS" + bytes(200_000)
MODULE = b"Extended Module: " + bytes(5_000)
CONTROL = "Package: {}\nVersion: 1.2-3\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: x\n"


def package(folder, name, files):
    """Build a .deb of files, by path."""
    root = folder / f"{name}.root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(CONTROL.format(name))
    for path, data in {f"usr/share/doc/{name}/copyright": b"Music: CC0", **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    deb = folder / f"{name}_1.2-3_all.deb"
    subprocess.run(["dpkg-deb", "-b", "-Znone", "--root-owner-group", root, deb], check=True, capture_output=True)
    return deb


def packed(folder, files):
    with zipfile.ZipFile(folder / "x.zip", "w") as container:
        for name, data in files.items():
            container.writestr(name, data)
    return (folder / "x.zip").read_bytes()


def there(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """An ``apt-get`` that knows the packages in a folder, counts its calls, and no openmpt123."""
    folder, tools = tmp_path / "archive", tmp_path / "tools"
    folder.mkdir()
    tools.mkdir()
    for tool in ("dpkg-deb", "sh", "cp", "ls", "tar"):
        (tools / tool).symlink_to(shutil.which(tool))
    script = (
        f'#!/bin/sh\nfor name; do :; done\necho "$name" >> {tmp_path}/calls\n'
        f'if ls {folder}/"$name"_*.deb; then cp {folder}/"$name"_*.deb .; '
        'else echo "W: x" >&2; echo "E: Unable to locate package $name" >&2; exit 100; fi\n'
    )
    (tools / "apt-get").write_text(script)
    (tools / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    return folder


def calls(tmp_path):
    return (tmp_path / "calls").read_text().split()


def test_music_is_kept_and_nothing_else(archive, tmp_path):
    inner = packed(tmp_path, {"music/deep.ogg": MUSIC, "music/noname": MODULE, "maps/a.bsp": MUSIC})
    package(
        archive,
        "game-data",
        {
            "usr/share/games/game/music/a.ogg": MUSIC,
            "usr/share/games/game/music/strange": MUSIC,
            "usr/share/games/game/sounds/jingle.ogg": b"OggS",
            "usr/share/games/game/ambient/wind.ogg": MUSIC,
            "usr/share/game/tune.xm": MODULE,
            "usr/share/game/picture.png": MUSIC,
            "usr/share/game/pak0.pk3": inner,
            "usr/share/game/broken.pk3": inner[:-200],
        },
    )
    lines = []

    count = fetch(tmp_path / "music", ["game-data"], lines.append)

    assert there(tmp_path / "music") == [
        "game-data/COPYRIGHT",
        "game-data/VERSION",
        "game-data/game/music/a.ogg",
        "game-data/game/music/strange.ogg",
        "game-data/game/pak0.pk3.d/music/deep.ogg",
        "game-data/game/pak0.pk3.d/music/noname",
        "game-data/game/tune.xm",
    ]
    assert count == 3
    assert any("2 tracker modules are silent without openmpt123" in line for line in lines)
    assert (tmp_path / "music/game-data/VERSION").read_text().startswith("game-data\t1.2-3\t")


def test_names_never_lead_out_of_the_folder(archive, tmp_path):
    evil = {
        "../../../evil.ogg": MUSIC,
        "/abs.ogg": MUSIC,
        "..\\win.ogg": MUSIC,
        "a/../../up.ogg": MUSIC,
        "ok.ogg": MUSIC,
    }
    deb = package(archive, "evil-data", {"usr/share/game/pak.zip": packed(tmp_path, evil)})

    unpack(deb, tmp_path / "deep" / "out")

    assert there(tmp_path / "deep") == [
        "out/COPYRIGHT",
        "out/game/pak.zip.d/abs.ogg",
        "out/game/pak.zip.d/ok.ogg",
    ]


def test_the_folder_that_all_goes_to_may_be_called_anything(archive, tmp_path):
    package(archive, "game-data", {"usr/share/game/a.ogg": MUSIC, "usr/share/game/b.bin": MUSIC})

    assert fetch(tmp_path / "ambient" / "music", ["game-data"], print) == 1


def test_a_second_run_fetches_what_is_missing(archive, tmp_path):
    for name in ("one-data", "two-data"):
        package(archive, name, {"usr/share/game/a.ogg": MUSIC})
    fetch(tmp_path / "music", ["one-data"], print)

    assert fetch(tmp_path / "music", ["one-data", "two-data"], print) == 2
    assert calls(tmp_path) == ["one-data", "two-data"]


def test_a_package_that_fails_is_told_and_the_others_are_fetched(archive, tmp_path):
    package(archive, "two-data", {"usr/share/game/a.ogg": MUSIC})

    with pytest.raises(SegueError, match=r"1 of 2 .*no-data \(Unable to locate package no-data\).*apt-get update"):
        fetch(tmp_path / "music", ["no-data", "two-data"], print)

    assert "two-data/VERSION" in there(tmp_path / "music")


def test_a_damaged_download_leaves_no_half_package(archive, tmp_path):
    deb = package(archive, "game-data", {"usr/share/game/a.ogg": MUSIC, "usr/share/game/b.ogg": MUSIC})
    whole = deb.read_bytes()
    deb.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(SegueError, match=r"game-data .*is damaged"):
        fetch(tmp_path / "music", ["game-data"], print)
    assert not (tmp_path / "music" / "game-data").exists()

    deb.write_bytes(whole)
    assert fetch(tmp_path / "music", ["game-data"], print) == 2


def test_modules_are_rendered_once_where_there_is_a_player(archive, tmp_path, monkeypatch):
    package(archive, "game-data", {"usr/share/game/tune.xm": MODULE})
    fetch(tmp_path / "music", ["game-data"], print)
    player = tmp_path / "tools" / "openmpt123"
    player.write_text(
        f'#!/bin/sh\necho player >> {tmp_path}/calls\nwhile [ "$1" != -o ]; do shift; done\necho fLaC > "$2"\n'
    )
    player.chmod(0o755)

    assert [fetch(tmp_path / "music", ["game-data"], print) for _ in range(2)] == [1, 1]
    assert "game-data/game/tune.xm.rendered.flac" in there(tmp_path / "music")
    assert calls(tmp_path).count("player") == 1


@pytest.mark.parametrize("name", ["--help", "../x", "@nix", "A B", "", "-o"])
def test_a_name_that_is_none_is_refused(archive, tmp_path, name):
    with pytest.raises(SegueError, match="is no package; give names of Debian packages, @train or @eval"):
        fetch(tmp_path / "music", [name], print)


def test_elsewhere_than_on_debian_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.fspath(tmp_path))

    with pytest.raises(SegueError, match=r"there is no apt-get.*Debian"):
        fetch(tmp_path / "music", ["abe-data"], print)


def test_fetched_music_is_a_source_and_eval_is_held_back(archive, tmp_path):
    for name in ("abe-data", "amoebax-data"):
        package(archive, name, {"usr/share/game/a.ogg": MUSIC})
    fetch(tmp_path / "music", ["abe-data", "amoebax-data"], print)
    soundfile.write(tmp_path / "music" / "abe-data" / "b.wav", np.zeros(100), 8000)

    found = sources(f"debian:{tmp_path / 'music'}")

    assert [(s.path.name, s.group, s.split) for s in found] == [
        ("b.wav", "abe-data", None),
        ("a.ogg", "abe-data", None),
        ("a.ogg", "amoebax-data", "test"),
    ]
    (tmp_path / "music" / "amoebax-data" / "VERSION").unlink()
    with pytest.raises(SegueError, match=r"1 of 2 .*\(amoebax-data\).*segue fetch-music .* goes on"):
        sources(f"debian:{tmp_path / 'music'}")


def test_the_list_is_ours():
    assert {split for split, _ in listed().values()} == {"train", "eval"}
    assert listed()["abe-data"] == ("train", 2.9)
    assert len(listed()) > 80
