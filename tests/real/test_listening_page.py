"""The page of a listening test in Chromium: heard, voted on, kept, saved, and the file read back."""

import json
import shutil

import pytest
from drums import add, grid, write

from segue.daemon.__main__ import main

pytestmark = pytest.mark.real

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def blind(tmp_path_factory):
    """A test of two pairs."""
    music = tmp_path_factory.mktemp("music")
    for n in range(5):
        beats_s = grid(122 + 0.7 * n, beats=112)
        duration_s = write(music / f"{n}.wav", beats_s)
        add(music / "library", music / f"{n}.wav", n, beats_s, duration_s, title=f"Title {n}", pitch_class=5 * n % 12)
    folder = tmp_path_factory.mktemp("blind") / "test"
    with pytest.raises(SystemExit) as exit_:
        main(["listen-test", str(folder), "--library", str(music / "library"), "--pairs", "2", "--seed", "5"])
    assert exit_.value.code == 0
    return folder


@pytest.fixture
def chromium():
    """Chromium without a screen, its sound allowed to start by itself as it may after a click."""
    if not shutil.which(CHROMIUM):
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--mute-audio"])
        yield browser
        browser.close()


def test_a_listener_hears_both_votes_comes_back_and_hands_in_a_file_that_counts(chromium, blind, tmp_path, capsys):
    context = chromium.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.goto((blind / "index.html").as_uri())

    page.click("#a")
    page.wait_for_function("sound.a.currentTime > 0.5")
    page.keyboard.press("b")
    page.wait_for_function("sound.a.paused && !sound.b.paused && sound.b.currentTime > 0.5")
    assert page.text_content("#b small") == "playing"
    assert page.is_visible("#flag")
    assert page.is_disabled("#save")
    page.keyboard.press(" ")
    page.click("[data-choice=a]")
    page.wait_for_function("document.querySelector('#count').textContent === '2 of 2'")

    page.close()  # and on another day
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((blind / "index.html").as_uri())
    assert page.text_content("#count") == "2 of 2"
    assert page.text_content("#left") == "1 of 2 voted"
    page.keyboard.press("2")
    with page.expect_download() as waiting:
        page.click("#save")
    votes = tmp_path / "votes.json"
    waiting.value.save_as(votes)

    told = json.loads(votes.read_text("utf-8"))["votes"]
    assert told == [{"pair": 1, "choice": "a"}, {"pair": 2, "choice": "same"}]
    assert not wrong
    with pytest.raises(SystemExit) as exit_:
        main(["listen-test", str(blind), str(votes)])
    assert exit_.value.code == 0
    assert "1 listener" in capsys.readouterr().out


def test_a_missing_sound_is_told_and_no_page_is_wider_than_a_telephone(chromium, blind, tmp_path):
    folder = tmp_path / "test"
    shutil.copytree(blind, folder)
    (folder / "01b.mp3").unlink()
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    page.goto((folder / "index.html").as_uri())

    page.wait_for_function("document.querySelector('#told').textContent === 'the sound of B is missing'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
