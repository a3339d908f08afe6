"""A DJ's player, as far as JACK can tell: plays a sound file to the default output, in a process of its own."""

import sys
import threading

import numpy as np
import sounddevice
import soundfile


def play(path: str, turns: int) -> None:
    """Play a file so many times."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    position = 0
    done = threading.Event()

    def callback(out: np.ndarray, frames: int, _: object, __: object) -> None:
        nonlocal position
        filled = 0
        while filled < frames and position < turns * len(samples):
            start = position % len(samples)
            step = min(frames - filled, len(samples) - start)
            out[filled : filled + step] = samples[start : start + step]
            filled += step
            position += step
        out[filled:] = 0
        if filled < frames:
            done.set()

    with sounddevice.OutputStream(rate, 1024, channels=samples.shape[1], dtype="float32", callback=callback):
        done.wait()


if __name__ == "__main__":
    play(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
