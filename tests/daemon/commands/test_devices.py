"""``segue devices --meter``: which pair of channels carries sound, as a DJ sees it."""

import io

from rich.console import Console
from typer.testing import CliRunner

from segue.daemon.__main__ import build
from segue.daemon.commands import devices
from segue.daemon.sound.meter import Levels


def drawn(table: object) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=90).print(table)
    return out.getvalue().splitlines()


def test_each_pair_of_channels_has_a_bar_and_its_peaks() -> None:
    lines = drawn(devices.pairs("DJM-900", [-6.0, -7.2, -90.0, -90.0, -30.0], [True, False, False, False, False]))

    assert "DJM-900" in lines[0]
    assert "1, 2" in lines[2]
    assert "-6 -7" in lines[2]
    assert "clips" in lines[2]
    assert "━" not in lines[3]
    assert "– –" in lines[3]
    assert lines[4].split()[0] == "5"
    assert 0 < lines[4].count("━") < lines[2].count("━")


def test_an_input_that_goes_is_said_to_be_waited_for() -> None:
    assert "waiting for it" in drawn(devices.pairs(None, [-90.0, -90.0], [False, False]))[0]


def test_peaks_fall_slowly_and_clipping_stays_to_be_seen(capsys) -> None:
    loud, silent = (Levels((peak, peak), (peak, peak), (peak == 0.0,) * 2, "Deck") for peak in (0.0, -90.0))

    devices._draw([loud, *[silent] * 3])

    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert "-4 -4" in last or "-5 -5" in last
    assert "clips" in last


def test_ctrl_c_ends_it_without_a_word(capsys) -> None:
    def measured():
        yield Levels((-6.0, -6.0), (-9.0, -9.0), (False, False), "Deck")
        raise KeyboardInterrupt

    devices._draw(measured())

    assert "Deck" in capsys.readouterr().out


def test_options_that_do_not_go_together_are_refused() -> None:
    for words in (["--meter", "--json"], ["--device", "Deck"]):
        assert CliRunner().invoke(build(), ["devices", *words]).exit_code != 0
