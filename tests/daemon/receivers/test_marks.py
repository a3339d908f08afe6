"""Marks on clips: put on, moved and taken away again, in a double of Ableton Live."""

from live_double import GREY, ORANGE, Booth, Clip, clips


def test_a_clip_that_is_no_longer_suggested_gets_its_own_colour_and_name_back() -> None:
    booth = Booth(clips(), rename=True)

    booth.suggest(1, "a", "b")
    named = {clip.name for clip in booth.live.clips.values()}
    booth.suggest(2, "b")

    assert named == {"[1] A", "[2] B", "drums, MIDI", "C"}
    assert booth.live.clips[0, 0] == Clip("/music/a.flac", "A", GREY)
    assert booth.live.clips[1, 5] == Clip("/music/b.flac", "[1] B", ORANGE)


def test_leaving_gives_everything_back() -> None:
    booth = Booth(clips(), rename=True)
    booth.suggest(1, "a", "b", "c")

    booth.set.leave()
    booth.run(1.0)

    assert booth.live.clips == clips()


def test_a_name_left_by_a_run_that_was_cut_off_is_given_back_without_its_slot() -> None:
    booth = Booth({(0, 0): Clip("/music/a.flac", "[3] [1] A")}, rename=True)

    booth.suggest(1, "a")
    shown = booth.live.clips[0, 0].name
    booth.suggest(2, "b")

    assert shown == "[1] A"
    assert booth.live.clips[0, 0].name == "A"


def test_a_clip_that_changes_its_slot_changes_its_name_alone() -> None:
    booth = Booth(clips(), rename=True)
    booth.suggest(1, "a", "b")

    booth.suggest(2, "b", "a")

    assert booth.live.clips[0, 0] == Clip("/music/a.flac", "[2] A", ORANGE)
    assert booth.live.clips[1, 5] == Clip("/music/b.flac", "[1] B", ORANGE)


def test_a_colour_or_name_that_the_dj_gives_a_marked_clip_stays() -> None:
    booth = Booth(clips(), rename=True)
    booth.suggest(1, "a", "b")
    booth.live.clips[0, 0].color = 0x00FF00
    booth.live.clips[1, 5].name = "mine"

    booth.suggest(2, "b", "a")
    booth.set.leave()
    booth.run(1.0)

    assert booth.live.clips[0, 0] == Clip("/music/a.flac", "A", 0x00FF00)
    assert booth.live.clips[1, 5] == Clip("/music/b.flac", "mine", GREY)


def test_a_clip_that_is_suggested_again_before_it_was_given_back_keeps_its_own_colour() -> None:
    booth = Booth(clips(), rename=True)
    booth.suggest(1, "a")
    booth.run()

    for names in (("b",), ("a",), ("c", "a"), ("b",)):
        booth.suggest(booth.rev + 1, *names, seconds=0.1)
    booth.run()

    assert booth.live.clips[0, 0] == Clip("/music/a.flac", "A", GREY)
