"""A program of many channels with a name of its own, as JACK shows it; plays a file in a loop until it is ended."""

import sys
import threading

import jack
import numpy as np
import soundfile


def play(name: str, path: str) -> None:
    """Offer each channel of a file as a port of a client of this name."""
    samples, _ = soundfile.read(path, dtype="float32", always_2d=True)
    client = jack.Client(name, no_start_server=True)
    ports = [client.outports.register(f"out_{channel + 1}") for channel in range(samples.shape[1])]
    position = 0

    @client.set_process_callback
    def process(frames: int) -> None:
        nonlocal position
        at = (position + np.arange(frames)) % len(samples)
        for channel, port in enumerate(ports):
            port.get_array()[:] = samples[at, channel]
        position += frames

    with client:
        threading.Event().wait()


if __name__ == "__main__":
    play(sys.argv[1], sys.argv[2])
