"""``segue preview`` as a DJ would call it."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
import soundfile
from drums import RATE, add, grid, write

from segue.daemon.__main__ import main
from segue.daemon.artifact import default_artifact, fingerprint
from segue.daemon.config import Suggest
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.preview.choice import Crate

TRACKS = (("Alpha", 124), ("Beta", 128), ("Beta Too", 121), ("Slow", 93))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    music = tmp_path_factory.mktemp("music")
    for n, (name, bpm) in enumerate(TRACKS):
        beats_s = grid(bpm)
        duration_s = write(music / f"{n}.wav", beats_s)
        add(music / "library", music / f"{n}.wav", n, beats_s, duration_s, title=name)
    add(music / "library", music / "8.wav", 8, np.zeros(0), write(music / "8.wav", grid(100)), title="Pads")
    add(music / "library", music / "none.wav", 9, grid(124), 60.0, title="Gone")
    return music / "library"


@pytest.fixture
def segue(capsys, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            main(["preview", *map(str, arguments), "--library", str(folder)])
        out, err = capsys.readouterr()
        return exit_.value.code, out, err

    return run


def test_a_sound_and_a_picture_are_written(segue, tmp_path):
    status, out, _ = segue("alpha", "beta", "--at", "1", "--from", "2", "--wav", "mine.wav", "--picture", "mine.svg")

    sound, rate = soundfile.read(tmp_path / "mine.wav")
    drawn = ET.parse(tmp_path / "mine.svg").getroot()
    words = [node.text for node in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert status == 0
    assert "64 beats, -3.1 %" in out
    assert (rate, sound.shape[1]) == (RATE, 2)
    assert len(sound) / rate == pytest.approx(10 + 64 * 60 / 124 + 10, abs=0.01)
    assert {"Alpha", "→ Beta", "mix-in", "mix-out"} <= set(words)


def test_without_a_cue_it_is_the_rankers(segue, folder):
    crate = Crate(Snapshot.load(folder, fingerprint(default_artifact())), Suggest())
    alpha, beta = crate.find("alpha"), crate.find("beta")

    _, out, _ = segue("alpha", "beta")

    at_s = crate.best_cue(alpha, crate.mix_out(alpha), beta)
    assert at_s in [cue.position_s for cue in beta.cues]
    assert f"Beta at 0:{at_s:04.1f}" in out


def test_a_time_is_taken_to_the_bar_line(segue):
    _, out, _ = segue("alpha", "beta", "--at", "0:09.5", "--from", "41")

    assert f"Beta at 0:{0.5 + 20 * 60 / 128:04.1f}" in out
    assert f"Alpha at 0:{0.5 + 84 * 60 / 124:04.1f}" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("alpha", "nobody"), 1, "no track is like 'nobody'"),
        (("alpha", "a"), 1, "more than one track is like 'a'"),
        (("alpha", ""), 1, "no track is like ''"),
        (("alpha", "Alpha"), 1, "give two tracks"),
        (("alpha", "beta", "--at", "chorus"), 2, "0 (intro, 0.5 s)"),
        (("alpha", "beta", "--at", "9:00"), 2, "beyond 'Beta'"),
        (("alpha", "beta", "--at", "nan"), 2, "wanted a cue-in"),
        (("alpha", "beta", "--from", "-3"), 2, "wanted a mix-out"),
        (("alpha", "gone"), 1, "is gone from"),
        (("alpha", "beta", "--wav", "a.ogg"), 2, "wanted a name that ends in .wav"),
        (("alpha", "beta", "--picture", "nowhere/a.svg"), 2, "cannot be written there"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(segue, tmp_path, arguments, code, said):
    status, _, err = segue(*arguments)

    assert (status, err.count("\n")) == (code, 1)
    assert said in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("incoming", "said"), [("pads", "no beat"), ("slow", "out of reach")])
def test_what_cannot_be_aligned_is_faded_and_drawn_all_the_same(segue, tmp_path, incoming, said):
    status, out, _ = segue("alpha", incoming)

    assert status == 0
    assert "not aligned: " in out
    assert said in out
    assert said in (tmp_path / "segue-preview.svg").read_text("utf-8")


def test_an_id_or_a_path_names_a_track_too(segue, folder):
    status, out, _ = segue("0" * 16, folder.parent / "1.wav")

    assert status == 0
    assert out.startswith("Alpha")
    assert "to Beta at" in out
