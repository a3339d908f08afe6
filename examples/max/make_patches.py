"""Writes the Max patch and the Max for Live device, which are one interface: python examples/max/make_patches.py.

Only objects that come with Max: `udpreceive` opens bundles itself and gives the address as the first word, so a plain
`route` takes it apart. The device is an audio effect that lets sound through, because that fits on any track.
"""

import itertools
import json
import struct
from pathlib import Path

HERE = Path(__file__).parent
WIDTH, HEIGHT = 760, 169  # Live draws devices 169 pixels high
GREY, ORANGE = [0.6, 0.6, 0.6, 1.0], [1.0, 0.55, 0.1, 1.0]


class Patch:
    """Boxes and cords; a box is given by its number."""

    def __init__(self):
        self.boxes, self.lines = [], []

    def box(self, maxclass, inlets, outlets, rect, shown=None, **more):
        box = {"id": f"obj-{len(self.boxes) + 1}", "maxclass": maxclass, "numinlets": inlets, "numoutlets": outlets}
        box |= {"outlettype": [""] * outlets} if outlets else {}
        box |= {"patching_rect": [float(v) for v in rect]}
        box |= {"presentation": 1, "presentation_rect": [float(v) for v in shown]} if shown else {}
        self.boxes.append({"box": box | more})
        return len(self.boxes)

    def obj(self, text, inlets, outlets, x, y):
        return self.box("newobj", inlets, outlets, (x, y, 20 + 6.5 * len(text), 22), text=text)

    def message(self, text, x, y):
        return self.box("message", 2, 1, (x, y, 20 + 6.5 * len(text), 22), text=text)

    def label(self, text, x, y, shown, size=11.0, colour=None):
        more = {"textcolor": colour} if colour else {}
        return self.box("comment", 1, 0, (x, y, 150, 20), shown, text=text, fontsize=size, **more)

    def cord(self, *chain):
        """Join boxes in a row; a box may be (number, outlet) or, as the last one, (number, inlet)."""
        for source, target in itertools.pairwise(chain):
            source = source if isinstance(source, tuple) else (source, 0)
            target = target if isinstance(target, tuple) else (target, 0)
            line = {"source": [f"obj-{source[0]}", source[1]], "destination": [f"obj-{target[0]}", target[1]]}
            self.lines.append({"patchline": line})

    def route(self, addresses, x, y):
        return self.obj("route " + " ".join(addresses), len(addresses) + 1, len(addresses) + 1, x, y)


def parameter(name, kind, **more):
    """What makes an object of Live's own a parameter that can be mapped to a key or a knob."""
    value = {"parameter_longname": name, "parameter_shortname": name, "parameter_type": kind, "parameter_modmode": 0}
    return {"parameter_enable": 1, "varname": name, "saved_attribute_attributes": {"valueof": value | more}}


def build(port, in_live):
    p = Patch()

    # Ask Segue for its messages on loading, and every ten seconds again.
    start = p.obj("live.thisdevice", 1, 3, 20, 20) if in_live else p.obj("loadbang", 1, 1, 20, 20)
    on, metro = p.message("1", 20, 50), p.obj("metro 10000", 2, 1, 20, 80)
    ask, out = p.message(f"/segue/sub {port}", 20, 110), p.obj("udpsend 127.0.0.1 17100", 1, 0, 20, 400)
    p.cord(start, on, metro, ask, out)
    if in_live:
        through, outlet = p.obj("plugin~", 2, 2, 20, 440), p.obj("plugout~", 2, 2, 20, 480)
        p.cord(through, outlet)
        p.cord((through, 1), (outlet, 1))

    heard = p.obj(f"udpreceive {port}", 1, 1, 300, 20)

    # What is heard now.
    live = p.route([f"/segue/live/{name}" for name in ("bpm", "beat_in_bar", "phase", "energy")], 300, 60)
    beat = p.route(["/segue/ev/beat"], 880, 60)
    p.cord(heard, live)
    p.cord(heard, beat)
    p.label("Segue", 20, 560, (8, 4, 60, 20), 13.0, ORANGE)
    for i, (name, kind, shown) in enumerate((
        ("BPM", "flonum", (8, 40, 60, 22)),
        ("in bar", "number", (8, 84, 40, 22)),
        ("phase", "slider", (8, 128, 100, 12)),
        ("energy", "slider", (8, 156, 100, 10)),
    )):  # fmt: skip
        x, y, _, _ = shown
        if kind == "slider":
            more = {"orientation": 1, "floatoutput": 1, "size": 1.0}
            shows = p.box("slider", 1, 1, (300 + 110 * i, 110, 100, 16), shown, ignoreclick=1, **more)
        else:
            more = {"format": 6, "numdecimalplaces": 1} if kind == "flonum" else {}
            shows = p.box(kind, 1, 2, (300 + 110 * i, 110, 60, 22), shown, ignoreclick=1, **more)
        p.cord((live, i), shows)
        p.label(name, 300 + 110 * i, 135, (x - 2, y - 17, 60, 17), 10.0, GREY)
    flash = p.box("button", 1, 1, (880, 110, 40, 40), (74, 32, 36, 36), ignoreclick=1, blinkcolor=ORANGE)
    p.cord(beat, flash)

    # Three seconds without a sign of Segue: what is shown is no longer true.
    alive, late = p.route(["/segue/status/alive"], 1060, 60), p.obj("delay 3000", 2, 1, 1060, 130)
    gone = p.message("set", 1060, 160)
    p.cord(heard, alive, p.obj("t b", 1, 1, 1060, 95), late, gone)

    # What plays.
    now = p.route(["/segue/now/track", "/segue/now/none", "/segue/now/mix_out_beats"], 300, 200)
    fields = p.obj("unpack i s s s s", 1, 5, 300, 230)
    p.cord(heard, now, fields)
    nothing, empty = p.message("unknown", 560, 230), p.message("set", 640, 230)
    for source in ((now, 1), late):
        p.cord(source, nothing)
        p.cord(source, empty)
    for i, shown, size in ((3, (124, 24, 150, 22), 13.0), (2, (124, 44, 150, 20), 11.0), (4, (124, 62, 50, 20), 11.0)):
        put = p.obj("prepend set", 1, 1, 300 + 110 * i, 260)
        shows = p.label("", 300 + 110 * i, 290, shown, size, ORANGE if i == 4 else None)
        p.cord((fields, i), put, shows)
        p.cord(nothing, put) if i == 3 else p.cord(empty, shows)
    p.label("now", 300, 320, (124, 4, 60, 18), 10.0, GREY)
    beats = p.box("flonum", 1, 2, (760, 230, 60, 22), (124, 110, 50, 22), ignoreclick=1, format=6, numdecimalplaces=0)
    p.cord((now, 2), beats)
    p.label("beats to mix-out", 760, 260, (122, 92, 120, 17), 10.0, GREY)

    # What could come next: kept until the commit, then shown at once.
    commit = p.route(["/segue/next/commit"], 300, 360)
    p.cord(heard, commit)
    rev = p.obj("unpack i i", 1, 2, 420, 360)
    p.cord(commit, rev)
    tracks = p.route([f"/segue/next/n{k}/track" for k in (1, 2, 3)], 300, 390)
    p.cord(heard, tracks)
    for k in (1, 2, 3):
        x, y = 300 + 330 * (k - 1), 52 * (k - 1)
        keep, bang = p.obj("zl.reg", 2, 2, x, 430), p.obj("t b", 1, 1, x + 120, 430)
        p.cord((tracks, k - 1), (keep, 1))
        p.cord(commit, bang, keep)
        fields = p.obj("unpack i s s s s s", 1, 6, x, 460)
        p.cord(keep, fields)
        for i, shown, size in ((3, (300, 4 + y, 350, 21), 12.0), (5, (300, 24 + y, 350, 30), 9.5)):
            put = p.obj("prepend set", 1, 1, x + 60 * (i - 3), 490)
            shows = p.label("", x + 60 * (i - 3), 520, shown, size, GREY if i == 5 else None)
            p.cord((fields, i), put, shows)
            p.cord(gone, shows)
        p.label(str(k), x, 550, (282, 4 + y, 16, 21), 12.0, ORANGE)
        for i, word in enumerate(("accept", "reject")):
            shown = (656 + 26 * i, 6 + y, 22, 22)
            button = p.box("live.button", 1, 1, (x + 150 * i, 580, 22, 22), shown, **parameter(
                f"{word.capitalize()} {k}", 2, parameter_enum=["off", "on"], parameter_mmax=1))  # fmt: skip
            of_list = p.obj("int", 2, 1, x + 150 * i + 60, 580)  # a press names its list, and never means another
            p.cord(rev, (of_list, 1))
            p.cord(button, of_list, p.message(f"/segue/ctl/{word} {k} $1", x + 150 * i, 610), out)
            p.label("yes" if i == 0 else "no", x + 150 * i, 640, (654 + 26 * i, 28 + y, 30, 16), 9.0, GREY)

    # Where the set should go.
    dial = p.box("live.dial", 1, 2, (20, 240, 44, 48), (710, 10, 44, 48), **parameter(
        "Energy", 0, parameter_mmin=-1.0, parameter_mmax=1.0, parameter_unitstyle=1))  # fmt: skip
    p.cord(dial, p.obj("prepend /segue/ctl/energy", 1, 1, 20, 300), out)
    new = p.box("live.button", 1, 1, (20, 330, 22, 22), (720, 90, 24, 24), **parameter(
        "New list", 2, parameter_enum=["off", "on"], parameter_mmax=1))  # fmt: skip
    p.cord(new, p.message("/segue/ctl/refresh 1", 20, 360), out)
    p.label("new list", 20, 530, (708, 114, 52, 17), 9.0, GREY)

    patcher = {
        "fileversion": 1,
        "appversion": {"major": 8, "minor": 5, "revision": 0, "architecture": "x64", "modernui": 1},
        "classnamespace": "box",
        "rect": [60.0, 80.0, WIDTH + 20.0, HEIGHT + 40.0] if not in_live else [60.0, 80.0, 1300.0, 760.0],
        "openrect": [0.0, 0.0, float(WIDTH), float(HEIGHT)],
        "openinpresentation": 1,
        "devicewidth": float(WIDTH) if in_live else 0.0,
        "default_fontsize": 12.0,
        "default_fontname": "Arial",
        "boxes": p.boxes,
        "lines": p.lines,
    }
    if in_live:  # without a project, Max complains of a device as of "a day without sunshine"
        date = 3590052493  # any; Max counts seconds since 1904
        patcher |= {"latency": 0, "is_mpe": 0, "project": {
            "version": 1, "creationdate": date, "modificationdate": date, "viewrect": [0.0, 0.0, 300.0, 500.0],
            "autoorganize": 1, "hideprojectwindow": 1, "showdependencies": 1, "autolocalize": 0,
            "contents": {"patchers": {}}, "layout": {}, "searchpath": {}, "detailsvisible": 0,
            "amxdtype": int.from_bytes(b"aaaa", "big"), "readonly": 0, "devpathtype": 0, "devpath": ".",
            "sortmode": 0, "viewmode": 0, "includepackages": 0,
        }}  # fmt: skip
    return json.dumps({"patcher": patcher}, indent=1) + "\n"


def device(patch):
    """Put a patch into the file that Live takes: 32 bytes of head, the patch, a nought; 'aaaa' is an audio effect."""
    body = patch.encode() + b"\0"
    head = b"ampf" + struct.pack("<I", 4) + b"aaaa" + b"meta" + struct.pack("<II", 4, 0)
    return head + b"ptch" + struct.pack("<I", len(body)) + body


def files():
    """Give every file's bytes by its path."""
    live = build(17120, in_live=True)
    return {
        HERE / "segue.maxpat": build(17130, in_live=False).encode(),
        HERE.parent / "ableton" / "Segue.maxpat": live.encode(),
        HERE.parent / "ableton" / "Segue.amxd": device(live),
    }


if __name__ == "__main__":
    for path, content in files().items():
        path.write_bytes(content)
