from segue.daemon.advice.reasons import MOST_BYTES, words


def say(**changes):
    values = {
        "terms": {"continuation": 1.2, "tempo": 0.8, "key": 0.4, "energy": 0.2, "phrase": 0.1},
        "similarity": 0.62,
        "ratio": 1.016,
        "folded": 0,
        "wide": False,
        "key": (9, 0),
        "next_key": (4, 0),
        "key_relation": 1,
        "energy_step": 0.02,
        "leaving": "outro",
        "entering": "drop",
    }
    return words(**{**values, **changes})


def test_the_weightiest_reason_comes_first():
    assert say() == "continues the sound .62; tempo +1.6%; key 8A>9A; same energy; drop over the outro"
    assert say(terms={"continuation": 0.3, "key": -0.6}, key_relation=9).startswith("key clash 8A>9A; continues")


def test_half_time_is_said_where_what_plays_is_twice_as_fast():
    assert "tempo +1.6% at half time" in say(folded=1)
    assert "tempo +1.6% at double time" in say(folded=-1)


def test_a_tempo_out_of_range_comes_first_of_all():
    assert say(wide=True, ratio=1.15).startswith("tempo +15.0% (out of range); ")


def test_what_is_not_known_is_not_said():
    assert say(ratio=0.0, next_key=(-1, -1), leaving="") == "continues the sound .62; same energy; from the drop"


def test_there_is_always_a_reason():
    assert say(terms={}, entering="")
    assert say(terms={}, entering="intro") == "intro over the outro"


def test_rhythms_and_tones_are_named_where_they_matter():
    terms = {"groove": 0.4, "clash": -0.6}

    assert say(terms=terms, entering="").startswith("tones clash; same groove")
    assert "groove" not in say(terms={"groove": 0.01})


def test_reasons_fit_on_the_wire():
    longest = say(wide=True, folded=1, ratio=0.72, key=(6, 1), next_key=(8, 1), key_relation=9, energy_step=-0.4)

    assert len(longest.encode()) <= MOST_BYTES


def test_a_cue_of_the_djs_own_is_called_that():
    assert say(entering="user").endswith("; cue you set over the outro")
    assert say(entering="user", leaving="").endswith("; from the cue you set")


def test_reasons_do_not_contradict_each_other_and_are_few():
    terms = {"continuation": 0.8, "timbre": -2.5, "key": -0.5, "clash": 0.6, "groove": 0.1, "tempo": 0.4}
    said = say(terms=terms, key_relation=9)

    assert said.startswith("another sound; ")
    assert "continues" not in said
    assert "tones agree" not in said
    assert "groove" not in said, "a tenth of a nat is noise"
    assert say(terms=dict.fromkeys((*terms, "energy", "phrase", "history"), 1.0)).count(";") == 4
