"""A suggestion's reasons in a few words, the weightiest first.

Conventions
-----------
The text goes over the wire: at most ``MOST_BYTES`` of UTF-8, never empty, ``; `` between reasons. A percentage of
tempo is what the next track's speed must change by.
"""

from collections.abc import Mapping

from ..signal.tonality import BOOST, CLASH, RELATIVE, SAME, camelot_name

MOST_BYTES = 160
_SOME_NATS, _MUCH_NATS = 0.05, 0.2
_MOST_REASONS = 5
_SOME_SIMILARITY = 0.1
_NAMES = {"intro": "intro", "mix_in": "mix-in", "drop": "drop", "breakdown": "breakdown", "user": "cue you set"}
_LEAVING = {
    "outro": "over the outro",
    "mix_out": "at the mix-out",
    "end": "over the last bars, no mix-out is left",
    "now": "at once, the last bar plays",
}


def words(
    *,
    terms: Mapping[str, float],
    similarity: float,
    ratio: float,
    folded: int,
    wide: bool,
    key: tuple[int, int],
    next_key: tuple[int, int],
    key_relation: int,
    energy_step: float,
    leaving: str,
    entering: str,
    outside: str = "",
) -> str:
    """Say why.

    Parameters
    ----------
    terms
        Weighted evidence by name, nats.
    similarity
        Cosine of what is heard and the cue-in's entry key.
    ratio
        Speed that the next track needs, 0 unknown.
    folded
        Octaves between the tempos: 1 if what plays is twice as fast, so that the next runs at half time.
    wide
        The tempo lies outside the range that was asked for.
    key, next_key
        Pitch class and mode as they will sound, -1 unknown.
    key_relation
        As ``tonality.relation`` says.
    energy_step
        Next minus playing, -1..1.
    leaving, entering
        Kind of the mix-out (empty: unknown) and of the cue-in.
    outside
        Filters that had to be opened, or nothing would be left; empty: none.
    """
    sound = terms.get("continuation", 0.0) + terms.get("timbre", 0.0)
    said = {
        "continuation": _sound(similarity, terms.get("continuation", 0.0), sound),
        "tempo": _tempo(ratio, folded, wide),
        "key": _key(key, next_key, key_relation),
        "energy": _energy(energy_step, terms.get("energy", 0.0)),
        "phrase": _phrase(leaving, entering),
        "timbre": "the same sound goes on" if min(terms.get("timbre", 0.0), sound) > 0 else "",
        "groove": _either(terms.get("groove", 0.0), "same groove", "another groove"),
        "clash": _tones(terms.get("clash", 0.0), terms.get("key", 0.0)),
        "history": "followed before" if terms.get("history", 0.0) > 0 else "",
    }
    order = sorted(said, key=lambda name: -abs(terms.get(name, 0.0)))
    # A tempo out of range is the one thing that must not be missed.
    if wide and ratio > 0:
        order.sort(key=lambda name: name != "tempo")
    text, count = f"outside {outside}" if outside else "", 0
    for name in order:
        part = said[name]
        if not part or (abs(terms.get(name, 0.0)) < _SOME_NATS and name != "phrase"):
            continue
        longer = f"{text}; {part}" if text else part
        if len(longer.encode()) <= MOST_BYTES and count < _MOST_REASONS:
            text, count = longer, count + 1
    return text or said["phrase"] or "nothing speaks against it"


def _either(nats: float, good: str, bad: str) -> str:
    return good if nats > _MUCH_NATS else bad if nats < -_MUCH_NATS else ""


def _tones(nats: float, key_nats: float) -> str:
    """Tones are said where they do not contradict the key: a listener hears one thing."""
    return "" if nats * key_nats < 0 else _either(nats, "tones agree", "tones clash")


def _sound(similarity: float, nats: float, all_nats: float) -> str:
    if all_nats < -_MUCH_NATS:
        return "another sound"
    if nats < 0:
        return ""
    number = f" {similarity:.2f}".replace("0.", ".", 1) if similarity >= _SOME_SIMILARITY else ""
    return f"continues the sound{number}"


def _tempo(ratio: float, folded: int, wide: bool) -> str:
    if ratio <= 0:
        return ""
    text = f"tempo {100 * (ratio - 1):+.1f}%"
    if folded:
        text += " at half time" if folded > 0 else " at double time"
    return text + (" (out of range)" if wide else "")


def _key(key: tuple[int, int], next_key: tuple[int, int], key_relation: int) -> str:
    here, there = camelot_name(*key), camelot_name(*next_key)
    if not here or not there:
        return ""
    kind = {SAME: "same key", RELATIVE: "relative key", BOOST: "key lift", CLASH: "key clash"}.get(key_relation, "key")
    return f"{kind} {here}>{there}" if key_relation != SAME else f"same key {here}"


def _energy(step: float, nats: float) -> str:
    if abs(nats) < _SOME_NATS:
        return ""
    if abs(step) < 0.1:
        return "same energy"
    return f"energy {step:+.1f}"


def _phrase(leaving: str, entering: str) -> str:
    name = _NAMES.get(entering, "")
    if not name:
        return ""
    return f"{name} {_LEAVING[leaving]}" if leaving in _LEAVING else f"from the {name}"
