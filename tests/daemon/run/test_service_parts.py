"""What a run is put together from: the way in, and what is served."""

import contextlib
import socket
from types import SimpleNamespace

import pytest

from segue.daemon.clock import ScriptedClock
from segue.daemon.config import Config
from segue.daemon.osc.wire import encode_parts
from segue.daemon.run.replay import Sink
from segue.daemon.run.service import _open_osc, _sites


def test_the_way_in_of_a_run_takes_what_another_program_says_is_playing() -> None:
    told: list[str] = []

    class Booth:
        def tell(self, name: str) -> str:
            told.append(name)
            return ""

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = Config.model_validate({"osc": {"listen_port": port}})
    with contextlib.ExitStack() as stack, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.settimeout(5)
        _, controls = _open_osc(config, stack)
        caller.sendto(encode_parts("/segue/ctl/now", "s", ("/music/1.flac",)), ("127.0.0.1", port))
        caller.sendto(encode_parts("/segue/ping", "i", (1,)), ("127.0.0.1", port))
        caller.recv(2048)  # the pong: by then the first packet is in the queue
        controls.obey(Booth())

    assert told == ["/music/1.flac"]


@pytest.mark.parametrize(
    ("query", "stage", "names"),
    [(17181, 17180, ["stage page", "OSCQuery"]), (17181, 0, ["OSCQuery"]), (0, 17180, ["stage page"]), (0, 0, [])],
)
def test_what_is_served_joins_the_sinks_and_the_ways_in_unless_its_port_is_0(
    query: int, stage: int, names: list[str]
) -> None:
    config = Config.model_validate({"osc": {"query_port": query}, "stage": {"port": stage}})
    sinks: list[Sink] = []
    controls = SimpleNamespace(ways=[])
    sites = _sites(config, SimpleNamespace(wishes=None), sinks, controls, ScriptedClock(), lambda *_: None)

    assert [site.name for site in sites] == names
    assert len(sinks) == len(names)
    assert len(controls.ways) == bool(stage)
