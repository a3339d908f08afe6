"""TouchDesigner: the channels that the numbers become, and the example's script in a double of the program."""

import contextlib
import re
import socket
import threading
from pathlib import Path

import pytest
import soundfile
import synth
import touch_double
from ears import free_port
from fakes import FakeEngine, library, scripted, track
from fakes import playing as heard
from frames import BUILDER, a_list, frame, playing, suggestion
from typer.testing import CliRunner

from segue.daemon import engine, pipeline
from segue.daemon.__main__ import build
from segue.daemon.config import Config, Target
from segue.daemon.library import snapshot as daemon_library
from segue.daemon.messages import TABLE, Message
from segue.daemon.osc.packet import parse
from segue.daemon.osc.sender import Sender
from segue.daemon.publish.publisher import Beat, Publisher

SCRIPT = Path(__file__).parents[2] / "examples" / "touchdesigner" / "segue_td.py"


def every_number() -> list[Message]:
    """One message of every address of the numeric plane, all slots."""
    made = []
    for spec in TABLE:
        if "num" in spec.planes:
            slots = range(1, 9) if "/nK/" in spec.address else (0,)
            made += [BUILDER.message(0.0, spec.address.replace("nK", f"n{k}"), *[1] * len(spec.tags)) for k in slots]
    return made


def test_every_numeric_address_gives_one_channel_with_a_legal_name_of_its_own() -> None:
    messages = every_number()

    named = {m.address: touch_double.channel_names(m.address, m.args) for m in messages}

    lists = {"/segue/next/begin", "/segue/next/commit"}
    assert len(named) == len(messages) > 100
    assert all(len(names) == 1 for address, names in named.items() if address not in lists)
    every = [name for names in named.values() for name in names]
    assert len(set(every)) == len(every)
    assert all(re.fullmatch(r"[a-z0-9_/]+", name) for name in every), "a letter that TouchDesigner would change"
    assert not [name for name in every for part in name.split("/") if part[0].isdigit()]


def test_the_numeric_plane_holds_numbers_alone() -> None:
    for message in every_number():
        assert set(message.tags) <= {"i", "f"}, message.address


@pytest.mark.parametrize(
    ("address", "args", "names"),
    [
        ("/segue/live/bpm", (120.0,), ["segue/live/bpm"]),
        ("/a b/ü", (1,), ["a_b/_"]),
        ("/xy", (0.1, 0.2), ["xy_1", "xy_2"]),
        ("/words", ("no",), []),
    ],
)
def test_the_rule_itself(address: str, args: tuple[float | str, ...], names: list[str]) -> None:
    assert touch_double.channel_names(address, args) == names


# The script


@pytest.fixture
def home(capsys: pytest.CaptureFixture[str]) -> touch_double.Op:
    top = touch_double.run(SCRIPT.read_text("utf-8"))
    assert capsys.readouterr().out == "segue: made /project1/segue\n", "it must find every parameter"
    return top.children["segue"]


def test_the_script_builds_a_network_that_listens_on_two_ports_and_asks_for_them(home: touch_double.Op) -> None:
    num, text, out = home.children["num"], home.children["text"], home.children["out"]

    assert (num.par.port.val, text.par.port.val, out.par.port.val) == (17110, 17111, 17100)
    assert out.par.address.val == "127.0.0.1"
    assert text.par.callbacks.val in home.children
    assert text.par.splitbundle.val is True
    assert out.sent == [("/segue/sub", [17110, "num", 60.0, 60]), ("/segue/sub", [17111, "text event", 20.0, 60])]
    assert "@" not in "".join(op.text for op in home.walk())


def test_running_it_again_replaces_what_it_made() -> None:
    top = touch_double.run(SCRIPT.read_text("utf-8") + "\nbuild(me.parent())\n")

    assert list(top.children) == ["text1", "segue"]


def test_the_selects_take_their_part_of_the_channels(home: touch_double.Op) -> None:
    names = [name for m in every_number() for name in touch_double.channel_names(m.address, m.args)]
    for part in ("live", "now", "next"):
        select = home.children[part]
        pattern = select.par.channames.val.replace("*", "(.*)")

        taken = {found[2] for name in names if (found := re.fullmatch(pattern, name))}

        assert taken == {name.removeprefix(f"segue/{part}/") for name in names if name.startswith(f"segue/{part}/")}
        assert select.inputs[0] is home.children["num"]
        assert (select.par.renamefrom.val, select.par.renameto.val) == (select.par.channames.val, "*(1)")


def test_buttons_and_the_fader_send_what_segue_knows(home: touch_double.Op) -> None:
    buttons, out = home.children["buttons"].module, home.children["out"]
    out.sent.clear()
    home.par.Slot.val, home.par.Energy.val = 3, -0.5

    for name in ("Accept", "Reject", "Lock", "Unlock", "Refresh"):
        buttons.onPulse(getattr(home.par, name))
    buttons.onValueChange(home.par.Energy, 0.0)
    buttons.onValueChange(home.par.Slot, 1)

    assert out.sent == [
        ("/segue/ctl/accept", [3]),
        ("/segue/ctl/reject", [3]),
        ("/segue/ctl/lock", [3, 1]),
        ("/segue/ctl/lock", [3, 0]),
        ("/segue/ctl/refresh", [1]),
        ("/segue/ctl/energy", [-0.5]),
    ]


def test_a_press_names_the_list_that_is_shown(home: touch_double.Op) -> None:
    deck, buttons, out = Deck(home), home.children["buttons"].module, home.children["out"]
    for packet in packets(*Publisher(Config()).step(frame(0, next=a_list(7, suggestion("b"))))):
        deck.receive(packet)
    out.sent.clear()

    for name in ("Accept", "Reject"):
        buttons.onPulse(getattr(home.par, name))

    assert out.sent == [("/segue/ctl/accept", [1, 7]), ("/segue/ctl/reject", [1, 7])]


def test_three_seconds_without_a_sign_of_segue_empty_the_tables(home: touch_double.Op) -> None:
    deck, frames = Deck(home), home.children["subscribe"].module
    for packet in packets(*Publisher(Config()).step(frame(0, now=playing("a"), next=a_list(7, suggestion("b"))))):
        deck.receive(packet)
    titles = []
    for frames.absTime.seconds in (2.9, 3.1, 3.2):
        frames.onFrameStart(2)
        titles.append((deck.table("now_text")[1][3], deck.table("next_text")[1][3]))

    assert titles == [("Title a", "Title b"), ("", ""), ("", "")]
    assert deck.table("next_text")[8] == ["8", "", "", "", "", "", ""]
    assert [name for name, *_ in deck.heard].count("onNext") == 2


class Deck:
    """The OSC In DAT: real packets in, split into messages, to the callbacks."""

    def __init__(self, home: touch_double.Op) -> None:
        self.home, self.heard = home, []
        self._dat, self._module = home.children["text"], home.children["text_callbacks"].module
        events = home.children["my_events"].module
        for name in ("onBeat", "onDownbeat", "onPhrase", "onTransition", "onNow", "onNext"):
            assert hasattr(events, name)
            setattr(events, name, lambda *args, name=name: self.heard.append((name, *args)))

    def receive(self, packet: bytes) -> None:
        for address, args in parse(packet):
            self._module.onReceiveOSC(self._dat, 1, "", b"", 0.0, address, list(args), None)

    def table(self, name: str) -> list[list[str]]:
        table = self.home.children[name]
        return [[cell.val for cell in table.row(r)] for r in range(table.numRows)]


def packets(*messages: Message) -> list[bytes]:
    """What a target with the DAT's planes is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(0.2)
        target = Target(host="127.0.0.1", port=ear.getsockname()[1], planes=["text", "event"])
        found = []
        with Sender([target]) as sender:
            sender.send(messages)
            while True:
                try:
                    found.append(ear.recv(65536))
                except TimeoutError:
                    return found


def test_the_tables_hold_what_plays_and_what_comes_next(home: touch_double.Op) -> None:
    deck, publisher = Deck(home), Publisher(Config())
    two = a_list(1, suggestion("b"), suggestion("c"))

    for packet in packets(*publisher.step(frame(0, now=playing("a"), next=two, beats=(Beat(9, 1, 124.0, True),)))):
        deck.receive(packet)

    assert deck.table("now_text")[1:] == [["now", "a".zfill(16), "Ärtist", "Title a", "8A"], ["now2", "", "", "", ""]]
    first, second, third = deck.table("next_text")[1:4]
    assert first == ["1", "b".zfill(16), "Ärtist", "Title b", "8A", "tempo +1.6%; key 8A>9A", "/music/b.flac"]
    assert second[3] == "Title c"
    assert third == ["3", "", "", "", "", "", ""]
    assert ("onBeat", 9, 1, 124.0) in deck.heard
    assert ("onDownbeat", 9) in deck.heard
    assert ("onNow", "now", "a".zfill(16), "Ärtist", "Title a", "8A") in deck.heard
    assert [name for name, *_ in deck.heard].count("onNext") == 1


def test_a_shorter_list_empties_what_it_no_longer_has_and_silence_empties_now(home: touch_double.Op) -> None:
    deck, publisher = Deck(home), Publisher(Config())
    steps = [
        frame(0, now=playing("a"), next=a_list(1, suggestion("b"), suggestion("c"))),
        frame(1, now=None, next=a_list(2, suggestion("b"))),
    ]

    for packet in packets(*[m for step in steps for m in publisher.step(step)]):
        deck.receive(packet)

    assert [row[3] for row in deck.table("next_text")[1:3]] == ["Title b", ""]
    assert deck.table("now_text")[1] == ["now", "", "", "", ""]


def test_half_a_list_changes_nothing_and_what_is_sent_again_tells_nothing(home: touch_double.Op) -> None:
    deck, publisher = Deck(home), Publisher(Config())
    whole = packets(*publisher.step(frame(0, now=playing("a"), next=a_list(1, suggestion("b")))))
    messages = [
        m for m in publisher.step(frame(1, next=a_list(2, suggestion("x")))) if m.address != "/segue/next/begin"
    ]
    for packet in whole:
        deck.receive(packet)
    told = len(deck.heard)

    for packet in [*packets(*messages), *whole]:
        deck.receive(packet)

    assert deck.table("next_text")[1][3] == "Title b"
    assert [name for name, *_ in deck.heard[told:]] == ["onNow", "onNow"], "none, then the same track again"


def test_a_list_whose_commit_was_lost_is_not_taken_with_the_next_ones_commit(home: touch_double.Op) -> None:
    deck, publisher = Deck(home), Publisher(Config())
    one = [m for m in publisher.step(frame(0, next=a_list(1, suggestion("x")))) if m.address != "/segue/next/commit"]
    two = [m for m in publisher.step(frame(1, next=a_list(2, suggestion("y")))) if m.address == "/segue/next/commit"]

    for packet in packets(*one, *two):
        deck.receive(packet)

    assert deck.table("next_text")[1][3] == ""


def test_a_replay_fills_the_tables_and_every_number_has_its_channel(
    home: touch_double.Op, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``segue replay SET --osc``, packet by packet: a double for the tracker, all else is what a user runs."""
    mono, _, _ = synth.arrangement(120.0, parts=((24, "drop"),), rate=22_050)
    soundfile.write(tmp_path / "set.flac", mono[: 12 * 22_050], 22_050)
    snapshot, real = library([track(n, title=f"Größe {n}") for n in range(10)], seed=3), pipeline.Pipeline
    script = scripted((8, heard(snapshot.tracks[0]), None), (24, heard(snapshot.tracks[1], 5.0), None))
    monkeypatch.setattr(engine, "Engine", lambda artifact: FakeEngine())
    monkeypatch.setattr(daemon_library.Snapshot, "load", lambda folder, sha256: snapshot)
    monkeypatch.setattr(pipeline, "Pipeline", lambda *args: real(*args, script))
    deck, channels, ear = Deck(home), set(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    ear.settimeout(0.5)
    config = tmp_path / "config.toml"
    config.write_text(f"[osc]\nlisten_port = {free_port()}\n")
    target = f"127.0.0.1:{ear.getsockname()[1]}"
    options = ["--osc", target, "--speed", "8", "--quiet", "--config", str(config)]
    done = threading.Event()

    def listen() -> None:
        while not done.is_set():
            with contextlib.suppress(TimeoutError):
                packet = ear.recv(65536)
                deck.receive(packet)
                for address, args in parse(packet):
                    if len(args) == 1 and not isinstance(args[0], str):
                        channels.update(touch_double.channel_names(address, args))

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        result = CliRunner().invoke(build(), ["replay", str(tmp_path / "set.flac"), *options], catch_exceptions=False)
    finally:
        done.set()
        listener.join()
        ear.close()

    told = [name for name, *_ in deck.heard]
    assert result.exit_code == 0
    assert len(channels) > 60
    assert {"segue/live/phase", "segue/now/mix_out_beats", "segue/next/n1/score"} <= channels
    assert told.count("onBeat") > 10
    assert [fields[3] for name, *fields in deck.heard if name == "onNow"] == ["Größe 0", "Größe 1"]
    assert deck.table("now_text")[1][3] == "Größe 1"
    assert deck.table("next_text")[1][3].startswith("Größe")
