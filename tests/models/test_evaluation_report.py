"""One command measures a folder, prints tables or JSON, and writes a report that stands alone."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile
import typer
from graphs import write_graph
from typer.testing import CliRunner

from segue.daemon.errors import ArtifactError, ConfigError
from segue.models.evaluation.command import evaluate as command
from segue.models.evaluation.conditions import SHORT
from segue.models.evaluation.measure import evaluate
from segue.models.evaluation.picture import draw, layout
from segue.models.evaluation.report import write
from segue.models.evaluation.result import CORRECTED, SYMMETRIC
from segue.models.evaluation.spaces import BASELINE, TRAINED, UNTRAINED

RATE = 16_000


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    rng = np.random.default_rng(1)
    t = np.arange(91 * RATE) / RATE
    for n in range(3):
        notes = 2 ** (np.floor(t * 2) % (5 + n) / 12) * (200 + 90 * n)
        sound = 0.3 * np.sin(2 * np.pi * np.cumsum(notes) / RATE) + 0.001 * 10**n * rng.standard_normal(len(t))
        soundfile.write(folder / f"<u>{n}.wav", sound, RATE)
    return folder


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("artifacts")
    card = '{"steps": 7, "note": "<script>alert(1)</script>", "spec": {"mels": 80}}'
    return write_graph(folder / "a.onnx", training=card), write_graph(folder / "b.onnx", seed=1)


@pytest.fixture(scope="module")
def report(music, artifacts):
    return evaluate([music], [artifacts[0]], untrained=[artifacts[1]], chosen=["clean", "overlay −6 dB"], most=3)


def test_all_that_is_compared_stands_in_every_condition(report):
    roles = [TRAINED, CORRECTED, SYMMETRIC, UNTRAINED, UNTRAINED, BASELINE, BASELINE, BASELINE]
    assert [row.role for row in report.rows] == 2 * roles
    assert [row.condition for row in report.rows] == 8 * ["clean"] + 8 * ["overlay −6 dB"]
    assert [n for n, row in enumerate(report.rows[:8]) if row.identity] == [0, 3]
    assert [row.name.endswith("key·key") for row in report.rows[:8]] == [n in (2, 4) for n in range(8)]
    assert [row.scores.ahead is None for row in report.rows[:8]] == [
        r.name == "log-mel statistics" for r in report.rows[:8]
    ]
    assert set(report.hubs) == {row.name for row in report.rows if not row.name.endswith("key·key")}


def test_the_same_seed_gives_the_same_figures_and_a_condition_is_alike_without_the_others(report, music, artifacts):
    alone = evaluate([music], [artifacts[0]], chosen=["overlay −6 dB"], most=3)

    row = alone.rows[0]
    assert row == report.row(row.name, "overlay −6 dB")
    assert (alone.plain, report.plain) == ("overlay −6 dB", "clean")


def test_statistics_that_know_the_tracks_find_them(report):
    logmel = report.row("log-mel statistics", "clean")

    assert logmel.scores.metrics["track@1"].value > 0.9
    assert logmel.scores.apart.value > 0.95


def test_the_report_stands_alone_and_is_well_formed(report):
    text = write(report)

    assert not re.search(r"""(src|href)=|url\(|@import|<script|<link|https?://(?!www\.w3\.org)""", text)
    open_tags = Balance()
    open_tags.feed(text)
    assert open_tags.stack == []
    assert text.count("<figure>") == 12


def test_names_and_cards_are_words_and_not_markup(report):
    tracks = tuple(replace(track, name=f"<i>{track.name}") for track in report.tracks)

    text = write(replace(report, tracks=tracks))

    assert "<u>0" not in text
    assert "&lt;i&gt;&lt;u&gt;0" in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_report_shows_the_figures_that_were_measured(report):
    text = write(report)

    for row in report.rows:
        recall = row.scores.metrics["recall@10"]
        assert f"{recall.value:.2f}<small>{recall.low:.2f}–{recall.high:.2f}</small>" in text
    assert "prefers-color-scheme:dark" in text
    assert "steps</span><span>7" in text
    assert "spec · mels</span><span>80" in text


def test_a_report_without_a_clean_condition_or_an_artifact_can_be_written(music):
    text = write(evaluate([music], [], chosen=["bass killed"], most=2))

    assert "log-mel statistics finds worst (bass killed)" in text
    assert "moment found again" not in text


def test_the_map_draws_every_window_and_every_query(report):
    names = [track.name for track in report.tracks]

    picture = draw(report.cloud, names)

    assert picture.count("<circle") == report.windows + report.queries
    assert picture.count('class="hit"') + picture.count('class="miss"') == report.queries
    assert picture == draw(report.cloud, names)


def test_what_lies_together_lies_together_on_the_map():
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((3, 32))
    vectors = np.repeat(centres, 30, axis=0) + 0.05 * rng.standard_normal((90, 32))

    places = layout(vectors.astype(np.float32)).reshape(3, 30, 2)

    within = np.linalg.norm(places - places.mean(1, keepdims=True), axis=2).max()
    between = np.linalg.norm(places.mean(1)[[0, 1, 2]] - places.mean(1)[[1, 2, 0]], axis=1).min()
    assert between > 2 * within


def run(*words):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})


def test_the_command_prints_tables_and_writes_the_report(music, artifacts, tmp_path):
    done = run(music, "--artifact", artifacts[0], "--conditions", "clean", "--report", tmp_path / "r.html")

    assert done.exit_code == 0, done.output
    assert "recall@10" in done.output
    assert "chroma statistics" in done.output
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [tmp_path / "r.html"]


def test_the_command_prints_one_json_document(music, artifacts):
    done = run(music, "--artifact", artifacts[0], "--conditions", "bass,clean", "--tracks", 2, "--json")

    document = json.loads(done.stdout)
    assert len(document["tracks"]) == 2
    assert [row["condition"] for row in document["rows"]] == 6 * ["bass killed"] + 6 * ["clean"]
    value, low, high = document["rows"][0]["recall@10"]
    assert 0 <= low <= value <= high <= 1
    assert document["rows"][0]["ahead_of_log_mel"]["mrr"]
    assert set(document["rows"][0]["identity_sequence"]) == {"2.0"}  # the tiny model's window has 2 s


def test_what_cannot_be_done_is_told_before_anything_is_measured(music, tmp_path):
    unknown = run(music, "--conditions", "clean,rain")
    nowhere = run(music, "--report", tmp_path / "gone" / "r.html")
    missing = run(music, "--artifact", tmp_path / "none.onnx")

    assert isinstance(unknown.exception, ConfigError)
    assert "'rain'" in str(unknown.exception)
    assert isinstance(nowhere.exception, ConfigError)
    assert isinstance(missing.exception, ArtifactError)


def test_the_help_names_every_condition_and_loads_nothing_heavy():
    code = "import sys, segue.models.evaluation.command; print([m for m in sys.modules if m in HEAVY])"
    heavy = repr(("torch", "librosa", "sklearn", "matplotlib", "onnxruntime", "scipy", "rich.progress"))
    loaded = subprocess.run(
        [sys.executable, "-c", code.replace("HEAVY", heavy)], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"
    assert ",".join(SHORT) in re.sub(r"[\s│]", "", run("--help").output)


def test_measuring_needs_no_extra(music, artifacts):
    code = """
import sys
from pathlib import Path

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "librosa", "sklearn", "matplotlib"):
            raise ImportError(name)

sys.meta_path.insert(0, Missing())
from segue.models.evaluation.measure import evaluate
from segue.models.evaluation.report import write
print(len(write(evaluate([Path(sys.argv[1])], [Path(sys.argv[2])], chosen=["clean"], most=2))))
"""
    done = subprocess.run([sys.executable, "-c", code, music, artifacts[0]], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20_000


class Balance(HTMLParser):
    """Keeps the tags that are open."""

    VOID = frozenset({"meta", "br", "path", "circle", "rect"})

    def __init__(self):
        super().__init__()
        self.stack = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.stack.pop() == tag
