"""``segue setup`` where a config is there already: what belongs to the input stays with it, and secrets stay secret."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from home import DEVICES, Home
from rich.console import Console

from segue.daemon import questions
from segue.daemon.clock import ScriptedClock
from segue.daemon.config import load
from segue.daemon.sound.capture import InputDevice, choose
from segue.daemon.sound.meter import measure


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(tmp_path, monkeypatch)


CARD = InputDevice(1, "Scarlett 18i8 USB: Audio (hw:1,0)", "ALSA", 18, 48_000, False)


def test_an_input_is_found_again_under_another_number(home: Home) -> None:
    home.devices = [CARD]
    assert home.setup("--yes", "--device", "scarlett").exit_code == 0

    named = load().audio.device
    assert choose([DEVICES[0], replace(CARD, name="Scarlett 18i8 USB: Audio (hw:3,0)")], named).index == 1
    twin = replace(CARD, index=2, name="Scarlett 18i8 USB: Audio (hw:2,0)")
    assert questions.named(twin, [CARD, twin]) == twin.name


OF_DECKS = '[audio]\ndevice = "djm"\nchannels = [7, 8]\ndecks = [[1, 2], [3, 4]]\nsample_rate = 96000\n'


def test_doing_it_again_keeps_channels_and_decks_of_the_input_and_tries_them(home: Home) -> None:
    home.write(OF_DECKS)
    done = home.setup("--music", str(home.music), answers="\n\n\nn\nn\n")

    assert done.exit_code == 0, done.output
    audio = load().audio
    assert (audio.channels, audio.decks, audio.sample_rate) == ([7, 8], [[1, 2], [3, 4]], 96_000)
    assert (home.heard[-1].channels, home.heard[-1].sample_rate, home.decks) == ((7, 8), 96_000, [(1, 2, 3, 4)])


def test_without_any_input_now_the_channels_stay(home: Home) -> None:
    home.write(OF_DECKS)
    home.devices = []
    done = home.setup("--music", str(home.music), answers="\nn\nn\n")

    assert done.exit_code == 0, done.output
    assert (load().audio.device, load().audio.channels, len(load().audio.decks)) == ("djm", [7, 8], 2)


def test_another_input_has_neither_the_decks_nor_the_rate_of_the_one_before(home: Home) -> None:
    home.write(OF_DECKS)
    done = home.setup("--music", str(home.music), answers="4\n\nn\nn\n")

    assert done.exit_code == 0, done.output
    audio = load().audio
    assert (audio.device, audio.channels, audio.decks, audio.sample_rate) == ("Line, WASAPI", [1, 2], [], 0)
    assert (home.heard[-1].sample_rate, home.decks) == (0, [()])
    assert "audio.decks and audio.sample_rate have their defaults again" in done.output


def test_a_token_too_short_for_the_network_is_replaced_and_no_copy_of_it_can_be_read_by_others(home: Home) -> None:
    home.write('[stage]\ntoken = "short"\n')
    done = home.setup("--yes", "--stage-on-network")

    assert done.exit_code == 0, done.output
    assert len(load().stage.token) >= 12
    files = list(home.file.parent.iterdir())
    assert len(files) == 2
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


def test_a_deck_is_opened_too_and_a_silent_one_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []

    def play(wanted: Any, *_: object) -> Any:
        opened.append(wanted)
        yield measure(np.full((100, 4), (0.5, 0.4, 0.0, 0.0), np.float32), "Deck")

    monkeypatch.setattr(questions, "listen", play)

    assert questions.signal(Console(), questions.Wanted(), ScriptedClock(), decks=(5, 6)) == ""
    assert opened[0].channels == (1, 2, 5, 6)
