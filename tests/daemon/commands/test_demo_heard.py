"""What the demo makes of the messages: a fair judgement, a picture, lines."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from segue.daemon.demo import picture, render
from segue.daemon.demo.session import MUSIC
from segue.daemon.demo.view import Lines, summary
from segue.daemon.messages import Builder
from segue.daemon.receivers.heard import MOMENT_S, Heard, Moment
from segue.daemon.report.score import score


def crate(count=8):
    """Records a bar of two seconds long."""
    bars_s = tuple(float(t) for t in np.arange(0.5, 140.0, 2.0))
    return [render.Record(f"{n:016x}", MUSIC / f"{n}.wav", f"Track {n}", 140.0, 120.0, bars_s) for n in range(count)]


def build(lines):
    """Messages from lines of time, address and arguments."""
    builder = Builder("/segue")
    return [builder.message(t, address, *args) for t, address, *args in lines]


def test_what_was_heard_is_what_the_messages_say():
    heard = Heard("/segue")

    heard.send(
        build(
            [
                (0.05, "/live/bpm", 124.0),
                (1.0, "/now/track", 1, "a1", "Artist", "Title", "8A"),
                (1.0, "/now/valid", 1),
                (1.0, "/now/pos_s", 31.5),
                (1.05, "/next/begin", 4, 1),
                (1.05, "/next/n1/score", 0.8),
                (1.05, "/next/n1/track", 4, "b2", "Other", "Then", "9A", "key 8A>9A"),
                (1.05, "/next/commit", 4, 1),
                (1.5, "/next/n1/mix_out_beats", 32.0),
                (2.0, "/next/begin", 5, 1),
                (2.0, "/next/n1/score", 0.0),
                (2.5, "/now/none", 2),
                (3.0, "/live/bpm", 125.0),
            ]
        )
    )

    assert [moment.id for moment in heard.moments] == ["", "", "", *["a1"] * 6, "", ""]
    assert heard.moments[5].pos_s == pytest.approx(32.05)  # sent half a second and a tick before
    (slot,) = heard.suggested  # the second list was never committed
    assert (slot.title, slot.score, slot.mix_out_beats, slot.reasons) == ("Then", 0.8, 32.0, "key 8A>9A")
    assert heard.moments[7].suggested == (("b2", 0.8),)


def moments(plays, name):
    """Moments of a set in which NAME, given the play and the time, says what was named."""
    made = []
    for number in range(int(plays[-1].end_s / MOMENT_S)):
        t = (number + 1) * MOMENT_S
        play = next(p for p in reversed(plays) if p.start_s <= t)
        named = name(play, t)
        position_s = play.position_s(t) + 0.2 if named else -1.0
        following = plays[min(plays.index(play) + 1, len(plays) - 1)].id
        made.append(Moment(t, named, 0.8, position_s, 1.0, "", (("f" * 16, 0.9), (following, 0.5)), 120.0, 0.5, -12.0))
    return made


def test_perfect_hearing_scores_full_marks():
    plays = render.plan(crate(), 4, 1)

    judged = score(plays, moments(plays, lambda play, t: play.id))

    assert (judged.right, judged.wrong, judged.none) == (1.0, 0.0, 0.0)
    for followed in judged.plays:
        assert followed.right == 1.0
        assert followed.position_error_s == pytest.approx(0.2)
    assert [f.suggested_place for f in judged.plays[1:]] == [2, 2, 2]


def test_wrong_names_and_silence_are_told_apart():
    plays = render.plan(crate(), 2, 1)

    wrong = score(plays, moments(plays, lambda play, t: "0" * 15 + "f"))
    none = score(plays, moments(plays, lambda play, t: ""))

    assert (wrong.right, wrong.wrong, wrong.none) == (0.0, 1.0, 0.0)
    assert (none.right, none.wrong, none.none) == (0.0, 0.0, 1.0)
    assert none.plays[0].named_after_s is None


def test_the_delay_counts_from_the_middle_of_the_fade():
    plays = render.plan(crate(), 2, 1)
    middle_s = plays[1].start_s + plays[1].fade_in_s / 2

    judged = score(plays, moments(plays, lambda play, t: play.id if play is plays[0] or t > middle_s + 3 else ""))

    assert judged.plays[1].named_after_s == pytest.approx(3, abs=2 * MOMENT_S)


# --- what is shown


@pytest.mark.parametrize("named", [lambda play, t: play.id, lambda play, t: "", lambda play, t: "e" * 16])
def test_the_picture_is_a_valid_svg_whatever_was_heard(named):
    plays = [replace(play, title='A <b> & "c" \N{SNOWMAN}') for play in render.plan(crate(), 3, 1)]
    seen = moments(plays, named)

    drawn = picture.draw(plays, seen, score(plays, seen), np.random.default_rng(0).random(len(seen)), {})

    root = ElementTree.fromstring(drawn)
    assert root.tag.endswith("svg")
    assert "nan" not in drawn
    assert "inf" not in drawn.replace("information", "")


def test_a_picture_of_nothing_heard_is_still_a_picture():
    plays = render.plan(crate(), 2, 1)

    ElementTree.fromstring(picture.draw(plays, [], score(plays, []), np.zeros(0), {}))


def test_plain_lines_say_what_plays_and_what_could_come_next(capsys):
    heard, lines = Heard("/segue"), Lines(Console(width=200))
    heard.send(
        build(
            [
                (1.0, "/now/track", 1, "a1", "Artist", "Title [x]", "8A"),
                (1.0, "/next/begin", 4, 1),
                (1.0, "/next/n1/score", 0.8),
                (1.0, "/next/n1/track", 4, "b2", "Other", "Then", "9A", "key 8A>9A"),
                (1.0, "/next/commit", 4, 1),
            ]
        )
    )
    lines.show(heard)
    heard.send(build([(20.0, "/live/bpm", 124.0)]))
    lines.show(heard)
    heard.send(build([(21.0, "/now/none", 2)]))
    lines.show(heard)

    told = capsys.readouterr().out
    assert "Title [x] · Artist" in told
    assert "next 1: Then · Other" in told
    assert "not known" in told


def test_the_summary_has_a_row_for_each_play():
    plays = render.plan(crate(), 3, 1)

    assert summary(plays, score(plays, moments(plays, lambda play, t: ""))).row_count == 3
