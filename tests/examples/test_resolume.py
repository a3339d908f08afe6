"""Resolume: the address map, as far as that goes without the program."""

from pathlib import Path

from frames import frame, playing

from segue.daemon.config import Config
from segue.daemon.osc.packet import Incoming
from segue.daemon.publish.publisher import Beat, Publisher
from segue.daemon.receivers.relay import Relay, load

FILE = Path(__file__).parents[2] / "examples" / "resolume" / "resolume.toml"


def test_a_set_becomes_what_resolume_understands() -> None:
    relay, publisher = Relay(load(FILE)), Publisher(Config())

    sent = {}
    for tick in range(4):
        step = frame(
            tick, now=playing("a", position_s=160.0), beats=(Beat(7, 1, 124.0, True, True),) if tick == 3 else ()
        )
        for message in publisher.step(step):
            for address, tags, args in relay.step(Incoming(message.address, message.args), 0.0):
                assert tags in ("i", "f")
                assert 0.0 <= args[0] <= 1.0, "Resolume's values go from 0 to 1"
                sent[address] = args[0]

    assert sent["/composition/tempocontroller/tempo"] * 480 + 20 == 124.0123
    assert sent["/composition/tempocontroller/resync"] == 1
    assert sent["/composition/dashboard/link1"] == 0.6
    assert 0.0 < sent["/composition/dashboard/link7"] < 1.0, "40 beats are left until the mix-out"
    assert len(sent) == 9


def test_what_is_not_known_is_not_sent() -> None:
    relay = Relay(load(FILE))

    assert relay.step(Incoming("/segue/live/bpm", (0.0,)), 0.0) == []
    assert relay.step(Incoming("/segue/now/mix_out_beats", (-1.0,)), 0.0) == []
