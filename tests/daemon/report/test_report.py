"""The report on a recorded set: from the command to the page, on real sound and on doubles."""

import io
import json
import re
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fakes import track
from rich.console import Console
from typer.testing import CliRunner

from segue.daemon.__main__ import build
from segue.daemon.artifact import default_artifact
from segue.daemon.demo import render
from segue.daemon.demo.session import MUSIC, read
from segue.daemon.errors import ConfigError, SegueError
from segue.daemon.library.indexer import index
from segue.daemon.receivers.heard import MOMENT_S, Moment
from segue.daemon.report import delivery
from segue.daemon.report.page import page
from segue.daemon.report.picture import timeline
from segue.daemon.report.plays import Truth
from segue.daemon.report.report import judge
from segue.daemon.report.summary import document
from segue.daemon.report.terminal import show
from segue.daemon.report.tracklist import Entry, Tracklist
from segue.daemon.report.words import clock
from segue.daemon.run import replay as module

NAMES = ("geosphere-3", "electricity")


@pytest.fixture(scope="module")
def booth(tmp_path_factory):
    """A folder with two tracks of 45 s, a library of them, and a set of both, 40 s long with a blend of 6 s."""
    folder = tmp_path_factory.mktemp("booth")
    paths = [folder / f"{name}.wav" for name in NAMES]
    for name, path in zip(NAMES, paths, strict=True):
        render.write(iter([read(str(MUSIC / f"{name}.opus"))[35 * render.RATE : 80 * render.RATE]]), path)
    plays = [
        render.Play("", str(path), "", 17.0 * n, 17.0 * n + 23.0, 5.0, 1.0, False, 6.0 * n, False)
        for n, path in enumerate(paths)
    ]
    render.write(render.mix(plays, read), folder / "set.wav")
    render.write_truth(plays, folder / "set.json")
    index(folder / "library", paths, default_artifact(), jobs=1)
    return folder


def run(booth, *arguments):
    chosen = [str(booth / "set.wav"), "--library", str(booth / "library"), *map(str, arguments)]
    return CliRunner().invoke(build(), ["replay", *chosen], catch_exceptions=False)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_set_is_heard_judged_and_written_down(booth, here):
    result = run(booth, "--tracklist", booth / "set.json", "--report", "a.html", "--report", "a.json")

    told = json.loads((here / "a.json").read_text("utf-8"))
    assert result.exit_code == 0
    assert "named right" in result.stdout
    assert "the report is in a.html" in result.stderr
    assert told["right"] > 0.7
    assert told["wrong"] < 0.2
    assert told["position_median_s"] < 0.3
    assert 0 < told["lag_median_s"] < 12
    assert [track["named_after_s"] is not None for track in told["tracks"]] == [True, True]
    assert NAMES[0] in (here / "a.html").read_text("utf-8")


def test_the_report_goes_aside_where_lines_take_stdout(booth, here):
    (here / "list.m3u8").write_text(f"#EXTM3U\nelsewhere/{NAMES[1]}.mp3\n{booth / NAMES[0]}.wav\n", "utf-8")

    result = run(booth, "--tracklist", "list.m3u8", "--jsonl", "-")

    assert "named a listed track" in result.stderr
    assert "2 tracks that the library has, 1 in order" in result.stderr
    assert "named a listed track" not in result.stdout
    assert (here / "set.report.html").exists()


def test_a_set_that_is_broken_off_is_judged_as_far_as_it_came(booth, here, monkeypatch):
    def break_off(source, pipeline, sinks, clock, **_):
        for block in islice(source.blocks(source.rate), 12):
            sinks[0].send(pipeline.feed(block))
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "replay", break_off)
    result = run(booth, "--tracklist", booth / "set.json")

    assert result.exit_code == 130
    assert "1 of its tracks start after the end of what was heard" in result.stdout
    assert (here / "set.report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--tracklist", "gone.cue"], "gone.cue cannot be read"),
        (["--tracklist", "empty.cue"], "empty.cue is empty"),
        (["--tracklist", "late.json"], "give its own tracklist"),
        (["--report", "a.html"], "give it with --tracklist"),
        (["--tracklist", "good.json", "--report", "a.pdf"], "wanted .html for a page"),
        (["--tracklist", "good.json", "--report", "nowhere/a.html"], "cannot be written there"),
        (["--tracklist", "good.json", "--report", "good.json"], "would be written over what is read"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_heard(booth, here, arguments, told):
    (here / "empty.cue").write_text("")
    (here / "good.json").write_text('{"plays": [{"title": "a"}]}')
    (here / "late.json").write_text('{"plays": [{"title": "a", "start": 0}, {"title": "b", "start": 900}]}')

    with pytest.raises(SegueError, match=told):
        run(booth, *arguments, "--jsonl", "lines.jsonl")

    assert not (here / "lines.jsonl").exists() or not (here / "lines.jsonl").read_bytes()


# Its forms

EVIL = '</svg><script>alert("ü")</script>\x1b[31m & \ud800'


def made(entries, name=lambda t: "0" * 16, length_s=100.0, tracks=None):
    tracks = tracks or [track(0, title=EVIL, artist=""), track(1)]
    moments = [
        Moment(t * MOMENT_S, name(t * MOMENT_S), 0.8, 10.0, 1.0, f"{1:016x}", (), 120.0, 0.5, -12.0)
        for t in range(1, round(length_s / MOMENT_S) + 1)
    ]
    truth = Truth.find(Tracklist(Path("list.cue"), "a cue sheet", tuple(entries)), tracks, {})
    return judge("my set.flac", truth, moments, length_s, {t.id: t for t in tracks}, "gru 0123")


REPORTS = {
    "exact": made([Entry(id=f"{n:016x}", start_s=40.0 * n, end_s=40.0 * n + 60) for n in range(2)]),
    "starts": made([Entry(title=EVIL, start_s=0.0), Entry(title="Lacking", start_s=50.0)]),
    "order": made([Entry(title="Lacking"), Entry(id=f"{1:016x}")]),
    "nothing named": made([Entry(id=f"{1:016x}", start_s=0.0)], name=lambda t: ""),
    "nothing heard": made([Entry(id=f"{1:016x}", start_s=0.0)], length_s=0.0),
    "a crowd": made([Entry(title=f"Track {n}", start_s=float(n)) for n in range(99)]),
}


class Seen(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset", "action")]


@pytest.mark.parametrize("kind", REPORTS)
def test_a_page_needs_nothing_else_and_runs_nothing(kind):
    text = page(REPORTS[kind])

    seen = Seen(text)
    assert not {"script", "link", "img", "iframe"} & set(seen.tags)
    assert not seen.links
    assert not re.search(r"url\(|@import", text)
    assert seen.tags.count("tr") >= 1 + min(len(REPORTS[kind].plays), 99)
    assert "width=device-width" in text


@pytest.mark.parametrize("kind", REPORTS)
def test_every_form_is_whole(kind, tmp_path):
    report = REPORTS[kind]
    delivery.write(report, tmp_path / "a.html")
    console = Console(width=140, record=True, file=io.StringIO())
    show(report, console)

    drawn = timeline(report).encode("utf-8", "replace").decode()
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert not re.search(r"\bnan\b|\binf\b", drawn)
    assert "\x1b" not in console.export_text()
    told = json.loads(document(report))
    assert len(told["tracks"]) == len(report.plays)
    assert told["right"] + told["wrong"] + told["none"] == pytest.approx(1.0 if report.moments else 0.0)


def test_the_table_tells_what_was_named_instead():
    report = made([Entry(id=f"{1:016x}", start_s=0.0)], tracks=[track(0, title="Impostor"), track(1)])
    console = Console(width=160, record=True, file=io.StringIO())
    show(report, console)

    text = console.export_text()
    assert "Artist 0 - Impostor 100%" in text
    assert "never" in text
    assert "Impostor" in page(report)
    assert json.loads(document(report))["tracks"][0]["instead"] == [
        {"id": "0" * 16, "name": "Artist 0 - Impostor", "share": 1.0}
    ]


def test_on_a_narrow_terminal_no_column_is_lost():
    entries = [
        Entry(id=f"{n:016x}", start_s=40.0 * n, end_s=40.0 * n + 60, track_start_s=0.0, rate=1.0) for n in (0, 1)
    ]
    report = made(entries, tracks=[track(0, title="A long enough title"), track(1, title="Other")])
    console = Console(width=80, record=True, file=io.StringIO())
    show(report, console)

    lines = console.export_text().splitlines()
    words = " ".join(lines[1:3]).split()
    assert {"from", "track", "after", "right", "off", "suggested", "instead"} <= set(words)
    assert max(map(len, lines)) <= 80
    assert any("10.00 s" in line and "Artist 0 - A" in line for line in lines)


def test_a_column_in_which_nothing_would_stand_is_left_out():
    text = page(made([Entry(id="0" * 16, start_s=0.0)]))

    assert "named after" in text
    assert 'data-label="off by"' not in text
    assert 'data-label="named instead"' not in text


def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(SegueError, match=r"cannot write the report to .*No such file"):
        delivery.write(REPORTS["exact"], tmp_path / "nowhere" / "a.html")


def test_a_recording_is_never_written_over(tmp_path):
    with pytest.raises(ConfigError, match="written over"):
        delivery.places([tmp_path / "a.html"], tmp_path / "list.cue", str(tmp_path / "a.html"))


def test_a_report_has_a_place_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert delivery.places([], Path("a.cue"), "/music/My set.flac") == [Path("My set.report.html")]
    assert delivery.places([], Path("a.cue"), "-") == [Path("set.report.html")]


def test_times_beyond_an_hour_have_hours():
    assert [clock(t) for t in (0.0, 59.9, 3599.0, 3600.0, 7325.0)] == ["0:00", "0:59", "59:59", "1:00:00", "2:02:05"]
