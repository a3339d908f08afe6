"""What another program says is playing, against what is heard: who has the name, when, and what is said of it."""

import pytest
from fakes import library, playing, track

from segue.daemon.errors import LibraryError
from segue.daemon.hearing.told import CONTRADICTED_S, Told

HOP_S = 0.25
TRACKS = [track(n) for n in range(4)]
HOPS = round(CONTRADICTED_S / HOP_S)


@pytest.fixture
def told():
    made = Told(HOP_S)
    made.use(library(TRACKS))
    return made


def ids(decks):
    return tuple(None if deck is None else deck.track.number for deck in decks)


def heard(number, **changes):
    return playing(TRACKS[number], **changes)


def test_as_long_as_nothing_is_told_hearing_decides(told):
    assert told.step(heard(1), heard(2)) == (heard(1), heard(2))
    assert told.number is None


@pytest.mark.parametrize("name", [TRACKS[2].id, TRACKS[2].id.upper(), "/music/2.flac", "/music/more/../2.flac"])
def test_a_track_is_told_by_id_or_path(told, name):
    assert "Title 2" in told.tell(name, 0.0)
    assert told.number == 2


@pytest.mark.parametrize("name", ["0" * 15 + "f", "/music/9.flac", "2.flac", "Title 2", "/"])
def test_an_unknown_track_is_refused_and_what_was_told_stands(told, name):
    told.tell(TRACKS[2].id, 0.0)

    with pytest.raises(LibraryError, match="no track"):
        told.tell(name, 0.0)
    assert told.number == 2


def test_without_a_library_nothing_can_be_told():
    with pytest.raises(LibraryError, match="being loaded"):
        Told(HOP_S).tell(TRACKS[2].id, 0.0)


def test_the_track_told_is_now_with_what_is_heard_of_it_on_either_deck(told):
    told.tell(TRACKS[2].id, 0.0)
    mine, other = heard(2, position_s=40.0, tempo_ratio=1.03), heard(1)

    assert told.step(other, mine) == (mine, other)
    assert told.step(mine, other) == (mine, other)
    assert told.step(mine, None) == (mine, None)


def test_a_track_that_is_not_heard_is_now_all_the_same_and_nothing_is_made_up(told):
    told.tell(TRACKS[2].id, 0.0)

    now, now2 = told.step(heard(1), None)

    assert ids((now, now2)) == (2, 1)
    assert (now.confidence, now.position_s, now.settled, now.heard) == (0.0, -1.0, False, False)
    assert ids(told.step(None, None)) == (2, None)


def test_a_playhead_that_was_heard_runs_on_for_a_while(told):
    told.tell(TRACKS[2].id, 0.0)
    told.step(heard(2, position_s=50.0, tempo_ratio=1.04), None)

    positions = [told.step(None, None)[0].position_s for _ in range(200)]

    assert positions[39] == pytest.approx(50 + 10 * 1.04)
    assert positions[119] > 0
    assert set(positions[120:]) == {-1.0}


def test_a_playhead_does_not_run_past_the_end(told):
    told.tell(TRACKS[2].id, 0.0)
    told.step(heard(2, position_s=199.0), None)

    assert [told.step(None, None)[0].position_s for _ in range(6)] == [199.25, 199.5, 199.75, 200.0, -1.0, -1.0]


def test_another_track_alone_for_twenty_seconds_contradicts_it(told):
    told.tell(TRACKS[2].id, 0.0)

    said = [ids(told.step(heard(1), None)) for _ in range(HOPS + 3)]

    assert said == [(2, 1)] * (HOPS - 1) + [(1, None)] * 4
    (line,) = told.lapses()
    assert "Title 2" in line
    assert "Title 1" in line
    assert told.lapses() == []
    assert told.number is None


@pytest.mark.parametrize(
    "between",
    [(None, None), (heard(1, settled=False), None), (heard(1), heard(3)), (heard(2), None), (heard(1), heard(2))],
    ids=["nothing", "not settled", "two others", "itself", "itself beside"],
)
def test_anything_but_another_track_alone_starts_the_twenty_seconds_anew(told, between):
    told.tell(TRACKS[2].id, 0.0)
    other = heard(1), None

    said = [ids(told.step(*decks))[0] for decks in [*[other] * (HOPS - 1), between, *[other] * (HOPS - 1)]]

    assert set(said) == {2}
    assert ids(told.step(*other)) == (1, None)


def test_what_is_told_next_takes_over_and_has_its_own_twenty_seconds(told):
    told.tell(TRACKS[2].id, 0.0)
    for _ in range(HOPS - 1):
        told.step(heard(1), None)
    told.tell(TRACKS[3].id, 20.0)

    assert [ids(told.step(heard(1), None)) for _ in range(HOPS - 1)] == [(3, 1)] * (HOPS - 1)
    assert told.lapses() == []


def test_an_empty_name_hands_it_back_to_hearing(told):
    told.tell(TRACKS[2].id, 0.0)
    told.tell("", 1.0)

    assert told.step(heard(1), None) == (heard(1), None)
    assert told.lapses() == []


def test_a_program_that_repeats_itself_is_contradicted_all_the_same(told):
    said = []
    for hop in range(2 * HOPS):
        told.tell(TRACKS[2].id, hop * HOP_S)
        said.append(ids(told.step(heard(1), None))[0])

    assert said == [2] * (HOPS - 1) + [1] * (HOPS + 1)
    assert "hearing decides" in told.tell(TRACKS[2].id, 40.0)


def test_telling_it_again_after_a_while_counts_again(told):
    told.tell(TRACKS[2].id, 0.0)
    for _ in range(HOPS):
        told.step(heard(1), None)
    told.tell(TRACKS[2].id, 20.0)

    assert ids(told.step(heard(1), None)) == (2, 1)


def test_another_library_keeps_what_it_has_of_it_and_lets_the_rest_lapse(told):
    told.tell(TRACKS[2].id, 0.0)
    told.step(heard(2, position_s=50.0), None)
    told.use(library([track(0, id=TRACKS[2].id, title="Title 2")]))
    assert told.number == 0
    assert told.step(None, None)[0].track.number == 0
    assert told.lapses() == []

    told.use(library([track(0)]))

    assert told.number is None
    (line,) = told.lapses()
    assert "Title 2" in line
    assert "library" in line


def test_a_hop_that_is_heard_twice_counts_once(told):
    told.tell(TRACKS[2].id, 0.0)

    for _ in range(HOPS - 1):
        told.step(heard(1), None)
        told.step(heard(1), None, again=True)
    assert told.number == 2

    told.step(heard(1), None)
    assert told.number is None
