"""Only the computer that is talked to is heard, whatever others on the network send."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from segue.daemon.errors import OscError
from segue.daemon.osc.listener import Listener
from segue.daemon.osc.peer import Peer
from segue.daemon.osc.remote import Remote
from segue.daemon.osc.wire import encode_parts

FORGED = encode_parts("/live/song/get/num_tracks", "i", (3000,))


@contextlib.contextmanager
def speaker(host: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((host, 0))
        made.settimeout(5.0)
        yield made


def own_address() -> str:
    """This computer's address in its network: to tell it from 127.0.0.1 there must be one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("no network")
        return str(probe.getsockname()[0])


def test_towards_this_computer_only_this_computer_can_reach_the_socket() -> None:
    with speaker("127.0.0.1") as live, contextlib.closing(Peer("127.0.0.1", 9, advice="")) as peer:
        with contextlib.suppress(OSError):  # some systems have no second loopback address
            live.sendto(FORGED, ("127.0.0.2", peer.port))
        with contextlib.suppress(OSError):
            live.sendto(FORGED, (own_address(), peer.port))
        live.sendto(b"true", ("127.0.0.1", peer.port))

        assert peer.receive(5.0) == b"true"


def test_towards_another_computer_what_a_third_sends_is_dropped() -> None:
    host = own_address()
    with speaker("127.0.0.1") as forger, speaker(host) as live, Remote(host, live.getsockname()[1]) as remote:
        remote.send("/hello", "", ())
        _, (_, port) = live.recvfrom(100)
        forger.sendto(FORGED, (host, port))
        live.sendto(encode_parts("/true", "i", (1,)), (host, port))

        assert remote.take() == [("/true", (1,))]


def test_a_listener_hears_its_daemon_alone() -> None:
    host = own_address()
    with speaker("127.0.0.1") as forger, speaker(host) as daemon, Listener(host, daemon.getsockname()[1]) as listener:
        assert listener.hear(0.001) == []
        _, (_, port) = daemon.recvfrom(200)
        forger.sendto(FORGED, (host, port))
        daemon.sendto(encode_parts("/segue/now/none", "i", (2,)), (host, port))

        assert listener.hear(5.0) == []
        assert listener.hear(5.0) == [("/segue/now/none", (2,))]


def test_a_computer_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(OscError, match=r"no such host: 'no\.such\.host'; look again"):
        Peer("no.such.host", 9, advice="look again")
