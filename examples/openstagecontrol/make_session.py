"""Writes segue.json, a session of Open Stage Control: python examples/openstagecontrol/make_session.py."""

import json
from pathlib import Path

PORT = 17160
FILE = Path(__file__).parent / "segue.json"
SLOTS = (1, 2, 3, 4)


def text(name, place, **more):
    return widget("text", name, place, bypass=True, align="left", padding=4, alphaStroke=0, **more)


def widget(kind, name, place, **more):
    left, top, width, height = place
    return {"type": kind, "id": name, "left": left, "top": top, "width": width, "height": height, **more}


def number(name, address, place, **more):
    """A value that Segue sends, as a bar."""
    return widget("fader", name, place, address=address, interaction=False, bypass=True, design="compact",
                  horizontal=True, range={"min": 0, "max": 1}, **more)  # fmt: skip


def button(name, label, address, value, place, colour):
    """One press, no release, a whole number."""
    return widget("button", name, place, label=label, mode="tap", on=value, off=0, address=address, typeTags="i",
                  colorWidget=colour)  # fmt: skip


def choice(name, label, verb, slot, place, colour):
    """One press with the slot and the rev of the list that is shown, so that it never means another list."""
    script = f"if (value) send('/segue/ctl/{verb}', {{type: 'i', value: {slot}}}, {{type: 'i', value: get('rev')}})"
    return widget("button", name, place, label=label, mode="tap", on=1, off=0, bypass=True, onValue=script,
                  colorWidget=colour)  # fmt: skip


def hears(name, address, script):
    """A message with several values; the script puts them where they are shown, without sending."""
    return {"type": "variable", "id": name, "address": address, "bypass": True, "onValue": script}


def session():
    quiet = "{send: false}"
    ask = f"send('/segue/sub', {{type: 'i', value: {PORT}}})"
    widgets = [
        {"type": "script", "id": "ask", "onCreate": f"{ask}\nsetInterval('ask', () => {{ {ask} }}, 10000)"},
        text("bpm", (2, 2, "24%", 60), address="/segue/live/bpm", decimals=1, css="font-size: 220%"),
        number("phase", "/segue/live/phase", ("25%", 2, "37%", 30)),
        number("bar", "/segue/live/bar_phase", ("25%", 34, "37%", 30)),
        number("energy_now", "/segue/live/energy", ("63%", 2, "36%", 62)),
        text("now_title", (2, 70, "75%", 44), default="unknown", css="font-size: 180%"),
        text("now_artist", (2, 112, "75%", 30)),
        text(
            "beats_left", ("76%", 70, "23%", 72), address="/segue/now/mix_out_beats", decimals=0, css="font-size: 180%"
        ),
        hears("now", "/segue/now/track", f"set('now_title', value[3], {quiet})\nset('now_artist', value[2], {quiet})"),
        hears("none", "/segue/now/none", f"set('now_title', 'unknown', {quiet})\nset('now_artist', '', {quiet})"),
    ]
    widgets += [
        {"type": "variable", "id": "rev", "default": 0, "bypass": True},
        hears("commit", "/segue/next/commit", f"set('rev', value[0], {quiet})"),
    ]
    for k in SLOTS:
        y = 150 + 74 * (k - 1)
        shows = f"set('title{k}', value[3], {quiet})\nset('why{k}', value[5], {quiet})"
        widgets += [
            text(f"title{k}", (2, y, "58%", 36), css="font-size: 140%"),
            text(f"why{k}", (2, y + 34, "58%", 32), css="opacity: 0.6"),
            hears(f"next{k}", f"/segue/next/n{k}/track", shows),
            choice(f"accept{k}", "take", "accept", k, ("60%", y, "19%", 68), "#40c060"),
            choice(f"reject{k}", "drop", "reject", k, ("80%", y, "19%", 68), "#c04040"),
        ]
    widgets += [
        widget("fader", "energy", (2, 450, "78%", 70), address="/segue/ctl/energy", horizontal=True, design="compact",
               range={"min": -1, "max": 1}, origin=0, default=0, doubleTap=True, html="where the set should go"),
        button("refresh", "new list", "/segue/ctl/refresh", 1, ("80%", 450, "19%", 70), "#808080"),
    ]  # fmt: skip
    root = {"type": "root", "id": "root", "widgets": widgets, "tabs": []}
    return {"createdWith": "Open Stage Control", "version": "1.25.0", "type": "session", "content": root}


if __name__ == "__main__":
    FILE.write_text(json.dumps(session(), indent=2) + "\n", "utf-8")
