"""The namespace as a page: ``python -m segue.daemon.osc.reference > docs/osc.md``, and a test that it was run."""

import sys

from ..messages import TABLE, Spec
from .packet import DEPTH, MESSAGES
from .packet import PACKET_BYTES as PACKET_BYTES_IN
from .requests import AGAIN_S, INPUTS
from .subscriptions import MOST
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
- *Retained* messages are sent again every 10 s, and at once to whoever subscribes.
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
A button acts on the rising edge above 0.5, once within 50 ms, and ignores 0. `accept`, `reject`, `exclude` and
`refresh` count once while the same arguments keep coming less than {AGAIN_S} s apart. An optional last int is a request
id, which comes back in `/segue/ack` or `/segue/error`. Answers leave from the listening port.

Packets longer than {PACKET_BYTES_IN} bytes, with more than {MESSAGES} messages, or with bundles nested deeper than
{DEPTH}, are dropped. At most {MOST} programs can subscribe, each only for its own address.

| address | arguments | effect |
|---|---|---|
"""

_TAIL = """
Everything else below `/segue/ctl/` is answered with error 404 in this version. While nothing is heard of the track that
`/segue/ctl/now` names, its `conf` is 0 and what is heard is `/segue/now2`.

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
    inputs = [f"| `{root}{address}` | {args} | {effect} |" for address, args, effect in INPUTS]
    return _HEAD + "\n".join(rows) + "\n" + _BETWEEN + "\n".join(inputs) + "\n" + _TAIL


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
