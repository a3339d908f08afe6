"""The intake told to hear another input: nothing is lost meanwhile, and neither of the two is forgotten."""

from inlet import BLOCK, RATE, Booth, FakeLine

from segue.daemon.sound.capture import Wanted


def test_turning_to_another_input_loses_nothing_and_one_that_is_not_there_is_told() -> None:
    booth = Booth()
    first = booth.begin()
    booth.intake.turn_to("Othr")
    booth.lines[1].ended = "no input named 'Othr'"
    booth.live(first, 1.0)
    assert booth.intake.notes[-1] == (2, "no input named 'Othr'")
    booth.intake.turn_to("Other")
    booth.live(first, 1.0)
    booth.lines[2].open()
    for _ in range(20):
        booth.clock.advance(0.05)
        first.play(BLOCK)
        booth.lines[2].play(BLOCK, 0.25)
        booth.listen()

    assert len(booth.sound) == 3 * RATE
    assert set(booth.sound) == {0.5, 0.25}
    assert (booth.intake.lost, first.closed, booth.lines[3:]) == (0, True, [])


def refuse(booth: Booth) -> None:
    """Have no device there for whoever asked last."""
    booth.lines[-1].ended = booth.lines[-1].ended or f"no input named '{booth.asked[-1]}'"


def test_an_input_that_is_not_there_yet_is_turned_to_once_it_is() -> None:
    booth = Booth()
    first = booth.begin()
    booth.intake.turn_to("Other")
    for _ in range(10):
        refuse(booth)
        booth.live(first, 1.0)
    booth.live(first, 2.0)
    second = booth.lines[-1]
    second.open()
    second.play(BLOCK, 0.25)
    booth.listen()

    assert booth.asked == ["", *["Other"] * 6]
    assert (booth.intake.lost, first.closed, second.closed) == (0, True, False)
    assert [text for _, text in booth.intake.notes].count("no input named 'Other'") == 1


def test_a_name_mistyped_and_then_a_cable_pulled_finds_the_input_before_again() -> None:
    booth = Booth()
    first = booth.begin()
    booth.intake.turn_to("Dekc")
    refuse(booth)
    booth.live(first, 1.0)
    first.ended = "input 'Deck' has gone"
    while len(booth.asked) < 7:
        booth.wait(0.5)
        if len(booth.asked) < 7:
            refuse(booth)
        assert booth.clock.now() < first.spoke_s + 60.0
    second = booth.lines[-1]
    second.open()
    booth.live(second, 3.0)

    assert booth.asked[1:7] == ["Dekc", "", "Dekc", "", "Dekc", ""]
    assert second is booth.intake._line
    assert booth.asked[-1] == "Dekc"  # which may be plugged in yet


def test_turning_back_to_the_input_that_is_heard_opens_nothing() -> None:
    booth = Booth()
    first = booth.begin()
    booth.intake.turn_to("Dekc")
    refuse(booth)
    booth.live(first, 1.0)
    booth.intake.turn_to("")
    booth.live(first, 20.0)

    assert booth.asked == ["", "Dekc"]
    assert not first.closed


def test_a_machine_with_no_process_left_is_asked_again() -> None:
    booth = Booth()
    first = booth.begin()
    refused = iter([BlockingIOError(11, "Resource temporarily unavailable")])
    dial = booth.intake._dial

    def scarce(wanted: Wanted, clock: object) -> FakeLine:
        for exc in refused:
            raise exc
        return dial(wanted, clock)

    booth.intake._dial = scarce
    first.ended = "gone"
    booth.wait(5.0)

    assert len(booth.lines) == 2
    assert any("does not start" in text for _, text in booth.intake.notes)
