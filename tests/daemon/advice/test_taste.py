import json

import pytest
from fakes import library, offer, track

from segue.daemon.__main__ import main
from segue.daemon.advice.suggestions import Shortlist
from segue.daemon.advice.taste import LEAST_FACTOR, MOST_FACTOR, MOST_LIKING, STEP, Choice, Taste
from segue.daemon.advice.tastelog import append, learnt, read, remember
from segue.daemon.advice.wishes import Wishes
from segue.daemon.config import Suggest
from segue.daemon.errors import WishError


def choice(accepted=True, terms=None, others=None):
    return Choice(accepted, track(3).id, "Title 3", terms or {"key": 1.0, "tempo": -0.5}, others or {"tempo": 0.5})


def test_what_sets_an_accepted_track_apart_counts_for_more_and_for_less_if_it_was_rejected():
    liked, disliked = Taste([choice()]).factors, Taste([choice(accepted=False)]).factors

    assert liked["key"] == pytest.approx(1 + STEP)
    assert liked["tempo"] == pytest.approx(1 - STEP)
    assert disliked["key"] == pytest.approx(1 - STEP)


def test_steps_are_bounded_and_weights_stay_positive():
    much = Taste([choice(terms={"key": 90.0, "tempo": -90.0})] * 500)

    assert much.factors == {"key": MOST_FACTOR, "tempo": LEAST_FACTOR}
    assert LEAST_FACTOR > 0
    assert much.liking == {track(3).id: MOST_LIKING}


def test_a_log_gives_the_same_taste_again_and_a_damaged_line_is_passed_over(tmp_path):
    log = tmp_path / "deep" / "taste.jsonl"
    assert read(log) == []
    append(log, choice(), "2026-01-01T22:00:00+01:00")
    with log.open("a") as file:
        file.write('{"choice": "accept", "tra\n[1]\n')
        broken = {"choice": "accept", "track": "a", "title": "", "terms": {"key": float("nan")}, "others": {}}
        file.write(json.dumps(broken) + "\n")
    append(log, choice(accepted=False), "2026-01-01T22:05:00+01:00")

    assert read(log) == [choice(), choice(accepted=False)]
    assert json.loads(log.read_text().splitlines()[0])["at"] == "2026-01-01T22:00:00+01:00"


def test_neither_a_strange_title_nor_a_line_cut_short_costs_a_choice(tmp_path):
    log = tmp_path / "taste.jsonl"
    strange = Choice(True, track(3).id, "one\u2028two\x85three", {"key": 1.0}, {})
    append(log, strange, "")
    with log.open("a") as file:
        huge = {"choice": "accept", "track": "a", "title": "", "terms": {"key": 10**400}, "others": {}}
        file.write(json.dumps(huge) + "\n" + "[" * 200_000 + '\n{"choice": "acc')
    append(log, choice(), "")

    assert read(log) == [strange, choice()]


@pytest.fixture
def wishes():
    shortlist = Shortlist(3, 8.0)
    terms = [(("key", 1.0), ("tempo", 1.0)), (("key", 0.2), ("tempo", 0.9))]
    shortlist.update([offer(n, 0.0, terms=terms[n]) for n in range(2)], 0.0)
    said = Wishes(Suggest(), Taste(), shortlist)
    said.snapshot = library([track(n) for n in range(4)])
    return said


def test_a_log_that_cannot_be_read_is_told_of_and_ends_no_set(tmp_path, monkeypatch):
    (tmp_path / "taste.jsonl").mkdir()
    monkeypatch.setattr("segue.daemon.advice.tastelog.default_path", lambda: tmp_path / "taste.jsonl")
    told = []

    taste = learnt(lambda level, text: told.append((level, text)))

    assert taste.factors == {}
    assert [level for level, _ in told] == [2]
    assert "cannot be read" in told[0][1]


def test_accepting_locks_and_learns_once(wishes):
    assert wishes.accept(1, None) == "Title 0 is taken"
    assert wishes.accept(1, 1) == "Title 0 was taken before"

    assert wishes.locked == {track(0).id}
    assert wishes.weights()["key"] > Suggest().weights.key
    assert [(each.accepted, each.track) for each in wishes.choices()] == [(True, track(0).id)]
    assert wishes.choices() == []


def test_a_suggestion_that_was_kept_can_still_be_taken(wishes):
    wishes.lock(1, True)

    assert wishes.accept(1, None) == "Title 0 is taken"
    assert [each.accepted for each in wishes.choices()] == [True]


def test_rejecting_keeps_out_and_learns_once(wishes):
    wishes.reject(1, None)
    assert wishes.reject(1, None) == "Title 0 was out before"

    assert len(wishes.choices()) == 1
    assert wishes.excluded == {track(0).id}
    assert wishes.weights()["key"] < Suggest().weights.key
    assert wishes.liking[track(0).id] < 0


def test_nothing_is_learnt_where_that_is_turned_off():
    shortlist = Shortlist(2, 8.0)
    shortlist.update([offer(0, 1.0), offer(1, 0.5)], 0.0)
    said = Wishes(Suggest(learn=False), Taste([choice()]), shortlist)
    said.accept(1, None)

    assert said.choices() == []
    assert said.weights() == Suggest().weights.model_dump()
    assert said.liking == {}


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (lambda said: said.accept(1, 7), 409), (lambda said: said.reject(9, None), 404),
        (lambda said: said.lock(3, True), 404), (lambda said: said.weigh("loudness", 1.0), 404),
        (lambda said: said.weigh("key", 1.5), 400), (lambda said: said.steer(2.0), 400),
        (lambda said: said.exclude("nothing"), 404),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_a_code(wishes, wish, code):
    with pytest.raises(WishError) as refusal:
        wish(wishes)

    assert refusal.value.code == code


def test_tracks_are_excluded_by_id_path_or_slot_and_let_in_again(wishes):
    wishes.exclude(track(2).id)
    wishes.exclude("/music/3.flac")
    wishes.exclude(2)
    assert wishes.excluded == {track(n).id for n in (1, 2, 3)}
    wishes.include("/music/3.flac")
    assert wishes.excluded == {track(n).id for n in (1, 2)}
    wishes.include("")

    assert not wishes.excluded


def test_the_command_shows_exports_and_resets_what_was_learnt(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("segue.daemon.advice.tastelog.data_folder", lambda: tmp_path)

    def segue(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["taste", *arguments])
        return end.value.code, capsys.readouterr()

    assert segue("export", str(tmp_path / "kept"))[0] == 1
    remember(choice())
    assert learnt(lambda *told: None).factors == Taste([choice()]).factors
    status, said = segue("show", "--json")
    assert (status, json.loads(said.out)["factors"]["key"]) == (0, pytest.approx(1 + STEP))
    assert "1 accepted, 0 rejected" in segue("show")[1].out
    assert segue("export", str(tmp_path / "kept"))[0] == 0
    assert read(tmp_path / "kept") == [choice()]
    assert segue("reset")[0] == 0
    assert json.loads(segue("show", "--json")[1].out)["choices"] == 0
    assert (tmp_path / "taste.jsonl.old").exists()
