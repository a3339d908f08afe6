"""Draws docs/stage.png: ``python tests/stage_picture.py [FILE]``, the page in the middle of a blend of the demo's set.

The set is heard twice, fast: once to find the blend whose suggestions are the best, once up to there. From there on it
plays in time, so that the page is as a DJ would see it.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from visitor import chromium

from segue.daemon.artifact import default_artifact
from segue.daemon.clock import SteadyClock
from segue.daemon.config import Config
from segue.daemon.demo import render, session
from segue.daemon.engine import Engine
from segue.daemon.library.indexer import index
from segue.daemon.library.snapshot import Snapshot
from segue.daemon.messages import Message
from segue.daemon.pipeline import Pipeline
from segue.daemon.publish.publisher import Publisher
from segue.daemon.sound.source import open_source
from segue.daemon.web.scene import Scene
from segue.daemon.web.serving import Serving
from segue.daemon.web.stage import NAME, Stage

SIZE = {"width": 1280, "height": 800}
STEP_S = 0.05


class Listening:
    """The demo's set through a pipeline, step by step."""

    def __init__(self, sound: Path, snapshot: Snapshot, engine: Engine) -> None:
        self._source = open_source(sound)
        self.config = Config.model_validate({"stage": {"port": 0}})
        publisher = Publisher(self.config, version="1", source="Scarlett 2i2", library=f"{len(snapshot)} tracks")
        self.pipeline = Pipeline(self.config, engine, snapshot, publisher, self._source.rate, self._source.channels)

    def steps(self) -> Iterator[tuple[float, list[Message]]]:
        """Hear on; stream time and messages."""
        with self._source as source:
            for block in source.blocks(round(STEP_S * source.rate)):
                yield self.pipeline.t, self.pipeline.feed(block)


def best(listening: Listening) -> float:
    """Find the moment of a blend, both about as loud, whose first suggestion is the likeliest."""
    scene, found, found_s = Scene("/segue"), 0.0, 60.0
    for t, messages in listening.steps():
        scene.take(messages)
        whole = scene.whole()
        now, second, first = (whole.get(name, {}) for name in ("now", "now2", "n1"))
        blend = now.get("valid") and second.get("valid") and 0.4 < now.get("level", -1) < 0.65
        if blend and now.get("mix_out_s", -1) > 0 and first.get("score", 0) > found:
            found, found_s = first["score"], t
    return found_s


def main(picture: Path) -> None:
    """Make the set, find the moment, show it, take the picture."""
    engine, stop = Engine(default_artifact()), threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        index(Path(folder) / "library", [session.MUSIC], default_artifact(), jobs=1)
        snapshot = Snapshot.load(Path(folder) / "library", engine.artifact.sha256)
        sound = Path(folder) / "set.wav"
        render.write(render.mix(render.plan(session.crate(snapshot), 8, 3), session.read), sound)
        moment_s = best(Listening(sound, snapshot, engine))
        listening = Listening(sound, snapshot, engine)
        stage = Stage(listening.config, listening.pipeline.wishes, SteadyClock())

        def play() -> None:
            for t, messages in listening.steps():
                stage.send(messages)
                if stop.is_set():
                    return
                if t > moment_s - 4.0:
                    time.sleep(STEP_S)

        with Serving([stage.site]) as serving, chromium() as browser:
            serving.ready.wait()
            page = browser.new_page(viewport=SIZE)
            page.goto(f"http://127.0.0.1:{serving.ports[NAME]}/")
            playing = threading.Thread(target=play)
            playing.start()
            try:
                while listening.pipeline.t < moment_s + 0.3:
                    page.wait_for_timeout(20)
                page.screenshot(path=Path(folder) / "page.png")
            finally:
                stop.set()
                playing.join()
        small = "split[a][b];[a]palettegen[c];[b][c]paletteuse=dither=none"  # 256 colours do, and take a third
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", f"{folder}/page.png", "-vf", small, picture], check=True)
    print(f"{picture}: {picture.stat().st_size / 1000:.0f} kB, {moment_s:.0f} s into the set")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/stage.png"))
