"""The namespace as a page: ``python -m segue.daemon.osc.reference > docs/osc.md``, and a test that it was run."""

import sys

from ..messages import TABLE, Spec
from .inputs import INPUTS, Input
from .packet import DEPTH, MESSAGES
from .packet import PACKET_BYTES as PACKET_BYTES_IN
from .requests import AGAIN_S, BURST, COMMANDS, HELD_S, PER_S
from .subscriptions import MOST, MOST_EACH
from .wire import PACKET_BYTES

_HEAD = f"""# OSC namespace, version 1

This page is made from the tables in the code (`python -m segue.daemon.osc.reference > docs/osc.md`).

All addresses stand below a root, `osc.root` in the settings, here `/segue`. Within version 1 neither addresses nor type
tags change; new addresses, and new arguments at the end, may come.

- Only the type tags `i` (int32), `f` (float32) and `s` (UTF-8 without NUL) go out, one number per address on the
  numeric plane. Slots are `n1` to `n8`. What is unknown has the value in the column *unknown*.
- Packets have at most {PACKET_BYTES} bytes. Several messages of one tick travel as a bundle, stamped *immediately*.
- **num** is for receivers that make channels of numbers (TouchDesigner's OSC In CHOP, a lighting desk), **text** for
  those that show words (OSC In DAT, labels), **event** for edges. Every target in `[[osc.targets]]` has its own planes
  and rate.
- A slow target gets the newest value of each periodic number, every event and every text.
- *Retained* messages are sent again every 10 s, and at once to whoever subscribes; so is `none` while nothing is named.
- Suggestions come between `/segue/next/begin` and `/segue/next/commit` with one `rev`: the slots that changed, each
  with all its fields. Apply them at the commit; the other slots stand. An empty slot has score 0. Countdowns follow
  outside of this at 2 Hz.
- `rev` ties the planes together: `/segue/now/rev` on the numeric plane is the first argument of `/segue/now/track`.
- Seconds and beats "from now" are seconds of the room; positions are in the track's own time.

## Out

| address | tags | plane | sent | arguments and meaning | range | unknown |
|---|---|---|---|---|---|---|
"""

_BETWEEN = f"""
`/segue/pong` repeats the arguments of `/segue/ping`.

## In

UDP, on `osc.listen_host` and `osc.listen_port` (127.0.0.1:17100). Numbers may come as `i`, `f`, `d`, `h`, `T` or `F`.
A button acts on the rising edge above 0.5, on a message without arguments, or on an impulse (`I`), once within 50 ms;
it ignores 0. What is marked *once* counts once while the same arguments keep coming less than {AGAIN_S} s apart; a
button that sends its value all the time may fall silent for {HELD_S:g} s before the same value counts again. An
optional last int is a request id, which comes back in `/segue/ack` or `/segue/error`. Answers leave from the listening
port.

Packets longer than {PACKET_BYTES_IN} bytes, with more than {MESSAGES} messages, or with bundles nested deeper than
{DEPTH}, are dropped. At most {MOST} programs can subscribe, each only for its own address; of one other machine at most
{MOST_EACH}, and as many websockets (below).

With a `listen_host` on the network, such as `0.0.0.0`, there is no password: everybody there can send all of
`/segue/ctl/…`, as the DJ can. Do that in a network of your own only, never in the venue's.

Answers: 400 wrong arguments, 403 not allowed, 404 unknown, 409 the list has changed since (`rev`), 429 too often (the
first in a second is told, the rest are dropped), 500 a mistake of Segue's. A caller may ask for {BURST} answers at once
and {PER_S:g} a second; {COMMANDS} commands may wait.

| address | arguments | effect | range |
|---|---|---|---|
"""

_TAIL = """
While nothing is heard of the track that `/segue/ctl/now` names, its `conf` is 0 and what is heard is `/segue/now2`.

**Pause.** `/segue/ctl/pause` has nothing move on the receivers' side until it is pressed again: numbers, names,
positions and suggestions go on being sent as they stood, at their pace, and there are no events. `/segue/status/…` goes
on, with state 3, and so does the stream clock. Segue listens on meanwhile, so afterwards everything is up to date at
once; events that fell into the pause are not made up for. What the DJ does by hand (accept, reject, exclude, lock,
count) shows in a pause too; a new list (refresh) waits for its end.

**Tempo.** `/segue/ctl/bpm` chooses between readings of the same music (87 or 174); music that clearly has another tempo
is still followed. `/segue/ctl/tap` does the same and places the beat, until the tempo changes or the music stops for
4 s. Neither touches a named track, which has its own beats.

## OSCQuery

The same tree is served as JSON over HTTP on `osc.listen_host`, port `osc.query_port` (17181), as the
[OSCQuery proposal](https://github.com/Vidvox/OSCQueryProposal) has it. Chataigne, VDMX, ossia score and others read it.

- `http://127.0.0.1:17181/` is the whole tree, any path below it a part: `FULL_PATH`, `TYPE`, `ACCESS` (1 for what goes
  out, 2 for what comes in), `VALUE` (what was sent last), `RANGE`, `DESCRIPTION`, `CONTENTS`. A button has type `I`.
- `?HOST_INFO`, and `?VALUE` or any other attribute. 404: no such path; 400: no such attribute; 204: no value to
  be had.
- Over a websocket at the same port `{"COMMAND": "LISTEN", "DATA": "/segue/live/bpm"}` has every message of this address
  sent as an OSC packet, one message each, and `IGNORE` ends it. A client that reads too slowly loses the oldest.
- Answers to one caller (`/segue/ack` …) are not in the tree. Commands go to the UDP port that `HOST_INFO` names.
- Only requests to this machine's own name or address are answered, and no web page of another origin is. On 127.0.0.1
  the name must be `localhost` or a loopback address.
- With `osc.announce = true` and a `listen_host` on the network both ports are announced by mDNS (`_oscjson._tcp`,
  `_osc._udp`); this needs `pip install 'segue[network]'`.

In Chataigne, *Use address for naming* gives short names.

## Try it

```
oscdump -L 9000 &                                       # liblo-tools
oscsend 127.0.0.1 17100 /segue/respond i 9000
oscsend 127.0.0.1 17100 /segue/ping s hello             # /segue/pong s "hello"
oscsend 127.0.0.1 17100 /segue/sub is 9000 "text event" # the retained state, then what changes, for 60 s
```

In Pure Data: `[netreceive -u -b 9000]` → `[oscparse]` → `[list trim]` → `[route segue]` → `[route now next live]`.
"""


def markdown(root: str = "/segue") -> str:
    """Give the whole page."""
    rows = [_row(root, spec) for spec in TABLE]
    inputs = [_input_row(root, each) for each in INPUTS]
    return _HEAD + "\n".join(rows) + "\n" + _BETWEEN + "\n".join(inputs) + "\n" + _TAIL


def _input_row(root: str, each: Input) -> str:
    args = []
    for tag, name in zip(each.tags, each.names, strict=True):
        word, _, default = name.partition("=")
        may_go = "" if "=" not in name else f"={default}" if default else ", may be left out"
        args.append(f"{word} `{tag}`{may_go}")
    told = ("*once*: " if each.once else "") + each.effect
    reach = "" if each.low is None or each.high is None else f"{each.low:g} to {each.high:g}"
    return f"| `{root}{each.address}` | {'; '.join(args) or 'button'} | {told} | {reach} |"


def _row(root: str, spec: Spec) -> str:
    planes = " and ".join(spec.planes) or "to the caller"
    sent = f"{spec.hz:g} Hz" if spec.hz else "in answer" if not spec.planes else "on change"
    if spec.hz and spec.address.startswith("/next/"):
        sent = f"on change, {spec.hz:g} Hz"
    if spec.retained:
        sent += ", retained"
    names = "" if spec.planes == ("num",) else ", ".join(spec.names) + ": "
    tags = f"`{spec.tags}`" + (f" + up to 8 × `{spec.repeat}`" if spec.repeat else "")
    low, high = (None if edge is None else f"{edge:g}" for edge in (spec.low, spec.high))
    reach = f"{low} to {high}" if low and high else f"from {low}" if low else ""
    unknown = str(spec.unknown) if spec.planes == ("num",) else ""
    return f"| `{root}{spec.address}` | {tags} | {planes} | {sent} | {names}{spec.meaning} | {reach} | {unknown} |"


if __name__ == "__main__":
    sys.stdout.write(markdown())
