"""The publisher: which messages a tick gives, and what a receiver can rely on."""

import json
import time
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace as Some
from typing import Any

from frames import BEAT, LEVEL, a_list, frame, playing, suggestion

from segue.daemon.config import Config
from segue.daemon.messages import Message
from segue.daemon.publish.publisher import Beat, Frame, Health, Publisher, State


def publisher(**names: str) -> Publisher:
    return Publisher(Config(), **names)


def run(ticks: int, **fields: Any) -> list[Message]:
    speaker = publisher(version="0.1.0")
    return [m for tick in range(ticks) for m in speaker.step(frame(tick, **fields))]


def values(messages: list[Message], address: str) -> list[Any]:
    return [m.args[0] if len(m.args) == 1 else m.args for m in messages if m.address == address]


def slots_of(messages: list[Message]) -> set[str]:
    return {m.address.split("/")[3] for m in messages if m.address.startswith("/segue/next/n")}


def test_each_kind_of_number_has_its_rate() -> None:
    count = Counter(m.address for m in run(200, now=playing("a"), next=a_list(1, suggestion("b"))))

    assert count["/segue/live/phase"] == 200
    assert count["/segue/live/t_ms"] == 200
    assert count["/segue/now/pos_s"] == 100
    assert count["/segue/live/key"] == 20
    assert count["/segue/next/n1/mix_out_s"] == 20
    assert count["/segue/status/alive"] == 10
    assert count["/segue/status/load"] == 10
    assert count["/segue/now2/valid"] == 10
    assert count["/segue/now/path"] == 1
    assert count["/segue/next/begin"] == 1


def test_what_is_retained_is_said_again_after_ten_seconds() -> None:
    messages = run(201, now=playing("a"), next=a_list(1, suggestion("b"), None))

    assert len(values(messages, "/segue/status/info")) == 2
    assert values(messages, "/segue/now/track") == [(1, "0" * 15 + "a", "Ärtist", "Title a", "8A")] * 2
    assert values(messages, "/segue/next/n1/score") == [0.8] * 2
    assert values(messages, "/segue/next/n2/score") == [0.0] * 2
    assert values(messages, "/segue/next/commit") == [(1, 1)] * 2


def test_a_change_of_track_is_said_at_once_with_one_rev_in_both_planes() -> None:
    speaker = publisher()
    speaker.step(frame(0))

    named = speaker.step(frame(1, now=playing("a")))
    lost = speaker.step(frame(2))
    again = speaker.step(frame(3, now=playing("a")))

    assert values(named, "/segue/now/path") == [(1, "/music/a.flac")]
    assert values(named, "/segue/now/rev") == [1]
    assert values(named, "/segue/now/valid") == [1]
    assert values(lost, "/segue/now/none") == [2]
    assert values(lost, "/segue/now/valid") == [0]
    assert values(lost, "/segue/now/pos_s") == [-1.0]
    assert values(again, "/segue/now/path") == [(3, "/music/a.flac")]


def test_countdowns_are_in_seconds_of_the_room_and_beats_of_the_track() -> None:
    now = playing("a", position_s=60.0, tempo_ratio=1.25)
    messages = run(1, now=now, next=a_list(1, suggestion("b")))

    assert values(messages, "/segue/now/mix_out_s") == [96.0]
    assert values(messages, "/segue/now/mix_out_beats") == [240.0]
    assert values(messages, "/segue/now/remain_s") == [144.0]
    assert values(messages, "/segue/next/n1/mix_out_s") == [96.0]


def test_a_suggestion_without_a_known_track_has_no_countdown() -> None:
    messages = run(1, next=a_list(1, suggestion("b", mix_out_position_s=-1.0)))

    assert values(messages, "/segue/next/n1/mix_out_s") == [-1.0]
    assert values(messages, "/segue/next/n1/mix_out_beats") == [-1.0]


def test_only_the_slots_that_changed_are_sent_with_all_their_fields_and_one_rev() -> None:
    speaker = publisher()
    speaker.step(frame(0, next=a_list(1, suggestion("b"), suggestion("c"), suggestion("d"))))

    out = speaker.step(frame(1, next=a_list(2, suggestion("b"), suggestion("e"), None)))

    block = [m for m in out if m.address.startswith("/segue/next/")]
    assert block[0].address == "/segue/next/begin"
    assert block[0].args == (2, 2)
    assert block[-1].address == "/segue/next/commit"
    assert block[-1].args == (2, 2)
    assert slots_of(block) == {"n2", "n3"}
    assert len([m for m in block if "/n2/" in m.address]) == 14
    assert values(block, "/segue/next/n3/score") == [0.0]
    assert values(block, "/segue/next/n3/path") == [(2, "", "")]
    assert values(block, "/segue/next/n2/cues") == [(2, f"{'e':0>16}", 1.5, "intro")]


def test_a_new_rev_of_the_same_list_is_committed_without_slots() -> None:
    speaker = publisher()
    speaker.step(frame(0, next=a_list(1, suggestion("b"))))

    out = [m for m in speaker.step(frame(1, next=a_list(2, suggestion("b")))) if "/next/" in m.address]

    assert [m.address for m in out] == ["/segue/next/begin", "/segue/next/commit"]


def test_a_shorter_list_empties_the_slots_that_it_no_longer_has() -> None:
    speaker = publisher()
    speaker.step(frame(0, next=a_list(1, suggestion("b"), suggestion("c"))))

    out = speaker.step(frame(1, next=a_list(2, suggestion("b"))))

    assert values(out, "/segue/next/n2/score") == [0.0]


def test_a_display_of_what_an_earlier_run_said_is_put_right_within_ten_seconds() -> None:
    speaker = publisher()
    first = speaker.step(frame(0, decks=(None, None)))
    between = [m for tick in range(1, 200) for m in speaker.step(frame(tick, decks=(None, None)))]
    again = speaker.step(frame(200, decks=(None, None)))

    for out in (first, again):
        assert [values(out, f"/segue/{name}/none") for name in ("now", "now2", "deck/a", "deck/b")] == [[0]] * 4
        assert slots_of(out) == {f"n{k}" for k in range(1, 9)}
        assert values(out, "/segue/next/n8/track") == [(0, "", "", "", "", "")]
        assert values(out, "/segue/next/begin") == values(out, "/segue/next/commit") == [(0, 0)]
    assert not [m for m in between if m.address.endswith("/none") or "/next/" in m.address]


def test_the_first_list_has_emptied_the_places_that_it_does_not_fill() -> None:
    speaker = publisher()
    late = speaker.step(frame(0, next=a_list(1, suggestion("b"))))

    assert slots_of(late) == {f"n{k}" for k in range(1, 9)}
    assert values(late, "/segue/next/n8/score") == [0.0]


def test_the_second_track_of_a_blend_comes_and_goes() -> None:
    speaker = publisher()
    one = speaker.step(frame(0, now=playing("a")))
    two = speaker.step(frame(1, now=playing("a"), now2=playing("b")))
    three = speaker.step(frame(2, now=playing("b")))

    assert values(one, "/segue/now2/valid") == [0]
    assert values(two, "/segue/now2/path") == [(1, "/music/b.flac")]
    assert values(two, "/segue/now2/valid") == [1]
    assert values(three, "/segue/now2/none") == [2]
    assert values(three, "/segue/now2/valid") == [0]
    assert values(three, "/segue/now/path") == [(2, "/music/b.flac")]


def test_a_pause_repeats_no_event_and_keeps_every_rate() -> None:
    speaker = publisher()
    speaker.step(frame(0, now=playing("a"), beats=(Beat(1, 1, 120.0, True, True),), transition=True))
    still = [
        m
        for tick in range(1, 201)
        for m in speaker.step(replace(frame(tick, now=playing("b"), beats=(Beat(tick, 1, 120.0),)), state=State.PAUSED))
    ]

    assert not [m for m in still if "/ev/" in m.address]
    assert len(values(still, "/segue/live/phase")) == 200
    assert len(values(still, "/segue/now/pos_s")) == 100
    assert {track[3] for track in values(still, "/segue/now/track")} == {"Title a"}
    assert values(still, "/segue/status/state") == [3] * 10


def test_a_pause_from_the_first_moment_on_names_nothing() -> None:
    out = publisher().step(replace(frame(0, now=playing("a")), state=State.PAUSED))

    assert values(out, "/segue/now/valid") == [0]


def test_both_tracks_of_a_blend_are_sent_with_their_levels() -> None:
    now, now2 = playing("a"), playing("b")
    now.level, now2.level = 0.75, 0.25
    messages = run(1, now=now, now2=now2)

    assert values(messages, "/segue/now/level") == [0.75]
    assert values(messages, "/segue/now2/level") == [0.25]
    assert values(run(1), "/segue/now/level") == [-1.0]


def test_beats_and_transitions_are_events() -> None:
    messages = run(1, beats=(Beat(16, 4, 124.0), Beat(17, 1, 124.0, True, True)), transition=True)

    assert values(messages, "/segue/ev/beat") == [(16, 4, 124.0), (17, 1, 124.0)]
    assert values(messages, "/segue/ev/downbeat") == [17]
    assert values(messages, "/segue/ev/phrase") == [17]
    assert values(messages, "/segue/ev/transition") == [1]


def test_unknown_values_have_their_sentinels() -> None:
    nothing = float("nan")
    lost = Frame(
        t=0.05,
        state=State.NO_SIGNAL,
        level=Some(**{**vars(LEVEL), "lufs_m": nothing}),
        beat=Some(**{**vars(BEAT), "bpm": nothing}),
        key=Some(pitch_class=None, mode=None, camelot=None, confidence=nothing),
    )

    messages = publisher().step(lost)

    assert values(messages, "/segue/live/lufs_m") == [-70.0]
    assert values(messages, "/segue/live/bpm") == [0.0]
    assert values(messages, "/segue/live/key") == [-1]
    assert values(messages, "/segue/live/camelot") == [0]


def test_log_lines_and_new_descriptions_go_out_with_the_next_tick() -> None:
    speaker = publisher(library="no library")
    speaker.step(frame(0))
    speaker.log(2, "input lost")
    speaker.describe(library="12 tracks")

    out = speaker.step(replace(frame(1), health=Health(xruns=3)))

    assert values(out, "/segue/status/log") == [(2, "input lost")]
    assert values(out, "/segue/status/info") == [("", "", "", "12 tracks")]
    assert not values(speaker.step(frame(2)), "/segue/status/log")


def test_two_runs_give_the_same_bytes_and_every_line_is_json() -> None:
    one = [m.to_json() for m in run(45, now=playing("a"), now2=playing("b"), next=a_list(1, suggestion("c")))]
    two = [m.to_json() for m in run(45, now=playing("a"), now2=playing("b"), next=a_list(1, suggestion("c")))]

    assert one == two
    assert all(set(json.loads(line)) == {"t", "address", "args"} for line in one)


def test_a_second_of_stream_costs_less_than_three_milliseconds() -> None:
    speaker = publisher()
    slots = [suggestion(str(k)) for k in range(8)]
    frames = [
        frame(tick, now=playing("a"), now2=playing("b"), next=a_list(1 + tick // 100, *slots[tick // 100 :]))
        for tick in range(400)
    ]  # two tracks and eight suggestions, of which all but one change every 5 s
    costs = []
    for _ in range(3):
        begin = time.process_time()
        for each in frames:
            for message in speaker.step(each):
                message.to_json()
        costs.append((time.process_time() - begin) / 20.0)

    assert min(costs) < 0.003
