"""Sources: files and pipes give the same blocks."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from segue.daemon.errors import DecodeError
from segue.daemon.sound.source import Pcm, open_source

RATE = 22_050


def sound(seconds: float = 1.0, channels: int = 2) -> np.ndarray:
    random = np.random.default_rng(3)
    return (0.2 * random.standard_normal((round(seconds * RATE), channels))).astype(np.float32)


def wav(samples: np.ndarray, subtype: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, subtype=subtype, format="WAV")
    return file.getvalue()


def heard(data: bytes, block: int = 1000, pcm: Pcm | None = None) -> np.ndarray:
    with open_source("-", pcm, io.BytesIO(data)) as source:
        return np.concatenate(list(source.blocks(block)))


def test_a_file_tells_what_it_is_and_gives_its_blocks(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", sound(), RATE, subtype="FLOAT")

    with open_source(tmp_path / "a.wav") as source:
        blocks = list(source.blocks(500))

        assert (source.name, source.rate, source.channels, source.frames) == ("a.wav", RATE, 2, RATE)
    assert {len(block) for block in blocks[:-1]} == {500}
    assert np.array_equal(np.concatenate(blocks), sound())


@pytest.mark.parametrize(
    ("subtype", "error"),
    [("PCM_U8", 2**-7), ("PCM_16", 2**-15), ("PCM_24", 2**-22), ("PCM_32", 1e-6), ("FLOAT", 0.0), ("DOUBLE", 0.0)],
)
def test_a_wav_on_stdin_is_read_whatever_its_samples(subtype: str, error: float) -> None:
    assert np.abs(heard(wav(sound(), subtype)) - sound()).max() <= error


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_wav_of_unknown_length_is_read_to_its_end(size: int) -> None:
    data = wav(sound(), "PCM_16")
    start = data.index(b"data") + 4
    data = data[:start] + struct.pack("<I", size) + data[start + 4 :]

    assert len(heard(data)) == RATE


def test_what_follows_the_sound_is_not_heard() -> None:
    assert len(heard(wav(sound(), "PCM_16") + b"LIST" + bytes(400))) == RATE


@pytest.mark.parametrize("block", [64, 1000, 44_100])
def test_however_cut_it_is_the_same_sound(block: int) -> None:
    assert np.array_equal(heard(wav(sound(2.0), "FLOAT"), block), sound(2.0))


def test_raw_pcm_needs_to_be_told(tmp_path: Path) -> None:
    numbers = (sound(channels=1) * 32767).astype("<i2").tobytes()
    (tmp_path / "a.raw").write_bytes(numbers)

    assert np.abs(heard(numbers, pcm=Pcm(RATE, 1)) - sound(channels=1)).max() < 1e-4
    with open_source(tmp_path / "a.raw", Pcm(RATE, 1)) as source:
        assert sum(map(len, source.blocks(777))) == RATE
    with pytest.raises(DecodeError, match="no WAV stream"):
        heard(numbers)


def test_a_half_frame_at_the_end_is_left_out() -> None:
    assert len(heard(bytes(4 * 100 + 3), pcm=Pcm(RATE, 2))) == 100


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no WAV stream"),
        (b"RIFF\0\0\0\0WAVE", "without a data chunk"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "no format"),
        (b"RIFF\0\0\0\0WAVEfmt \x04\0\0\0abcd", "of 4 bytes"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 2, 2, RATE, 0, 0, 4), "kind 2"),
        (b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\x7f", "damaged"),
    ],
)
def test_a_broken_header_is_refused_in_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        heard(data)


def test_pcm_is_read_from_text() -> None:
    assert Pcm.parse("44100") == Pcm(44_100, 2, "s16le")
    assert Pcm.parse("48000:1:f32le") == Pcm(48_000, 1, "f32le")
    for text in ("fast", "44100:two", "44100:2:mp3", "44100:0", "0"):
        with pytest.raises(DecodeError):
            Pcm.parse(text)


def test_nan_in_a_pipe_becomes_silence() -> None:
    data = np.array([[np.nan], [0.5]], dtype="<f4").tobytes()

    assert heard(data, pcm=Pcm(RATE, 1, "f32le")).tolist() == [[0.0], [0.5]]
