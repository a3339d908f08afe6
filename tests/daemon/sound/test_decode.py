"""Decoding: every format, every kind of damage, one sentence each."""

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from segue.daemon.errors import DecodeError
from segue.daemon.sound.decode import Sound, Writer, clean, decode, length, mixdown, recut, stream

RATE = 44_100


def tone(seconds: float = 2.0, rate: int = RATE, channels: int = 2) -> np.ndarray:
    """A 1 kHz tone, a little quieter in every further channel."""
    wave = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * rate)) / rate)
    return np.stack([wave * 0.9**channel for channel in range(channels)], axis=1).astype(np.float32)


def encode(path: Path, samples: np.ndarray, codec: str, rate: int = RATE) -> Path:
    """Write with FFmpeg, for the formats that libsndfile cannot write."""
    with av.open(str(path), "w") as container:
        track = container.add_stream(codec, rate=rate)
        track.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout="stereo")
        frame.sample_rate = rate
        frame.time_base = Fraction(1, rate)
        frame.pts = 0
        resampler = av.AudioResampler(format=track.codec_context.format, layout="stereo", rate=rate)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            for packet in track.encode(part):
                container.mux(packet)
        for packet in track.encode(None):
            container.mux(packet)
    return path


def alike(sound: Sound, wanted: np.ndarray, tolerance: float) -> bool:
    """Whether the middle of the sound is the wanted one, sample for sample."""
    middle = slice(len(wanted) // 4, len(wanted) // 2)
    return bool(np.abs(sound.samples[middle] - wanted[middle]).max() < tolerance)


@pytest.mark.parametrize("suffix", [".wav", ".aiff", ".flac", ".ogg", ".mp3"])
def test_what_libsndfile_writes_comes_back_at_the_same_place_and_length(tmp_path: Path, suffix: str) -> None:
    soundfile.write(tmp_path / f"a{suffix}", tone(), RATE)

    sound = decode(tmp_path / f"a{suffix}")

    assert sound.rate == RATE

    assert sound.samples.dtype == np.float32
    assert sound.samples.shape == tone().shape
    assert alike(sound, tone(), 0.02)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [("a.m4a", "aac", RATE), ("a.m4a", "alac", RATE), ("a.opus", "libopus", 48_000), ("a.mkv", "flac", RATE)],
)
def test_what_only_ffmpeg_reads_comes_back_at_the_same_place(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = encode(tmp_path / name, tone(rate=rate), codec, rate)

    sound = decode(path)

    assert sound.rate == rate
    assert abs(sound.duration_s - 2.0) < 0.05
    assert alike(sound, tone(rate=rate), 0.05)


def test_a_limit_stops_early(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(5.0), RATE)

    assert decode(tmp_path / "a.wav", limit_s=1.5).samples.shape == (66_150, 2)


def test_six_channels_at_96_khz_are_kept_and_averaged(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0, 96_000, 6), 96_000, subtype="FLOAT")

    sound = decode(tmp_path / "a.wav")

    assert (sound.rate, sound.channels) == (96_000, 6)
    assert np.allclose(mixdown(sound.samples), tone(1.0, 96_000, 6).mean(axis=1), atol=1e-6)


def test_mixdown_of_one_two_and_no_channel_axis() -> None:
    sound = tone()

    assert np.allclose(mixdown(sound), sound.mean(axis=1), atol=1e-7)
    assert np.array_equal(mixdown(sound[:, :1]), sound[:, 0])
    assert np.array_equal(mixdown(sound[:, 0]), sound[:, 0])


def test_a_truncated_mp3_gives_what_there_is_and_keeps_the_terminal_clean(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "whole.mp3", tone(10.0), RATE)
    data = (tmp_path / "whole.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(data[: len(data) // 3])

    sound = decode(tmp_path / "cut.mp3")

    assert 2.0 < sound.duration_s < 4.5
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["cut.flac", "cut.ogg"])
def test_other_truncated_files_give_what_there_is(tmp_path: Path, name: str) -> None:
    noise = (0.3 * np.random.default_rng(1).standard_normal((RATE * 5, 2))).astype(np.float32)
    soundfile.write(tmp_path / f"whole-{name}", noise, RATE)
    data = (tmp_path / f"whole-{name}").read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])

    assert 1.0 < decode(tmp_path / name).duration_s < 4.0


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nothing.mp3", b"", "is empty"),
        ("text.flac", b"this is a shopping list, not music\n" * 20, "no audio file"),
        ("noise.mp3", bytes(range(256)) * 8, "no audio file"),
        ("cut.m4a", b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00", "no audio file"),
        ("list.flac", b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n", "no audio file"),
    ],
)
def test_what_is_no_sound_is_refused_in_one_sentence(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DecodeError, match=words) as caught:
        decode(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="No such file"):
        decode(tmp_path / "gone.wav")
    with pytest.raises(DecodeError, match="is a folder"):
        decode(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_says_so(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(), RATE)
    (tmp_path / "a.wav").chmod(0)

    with pytest.raises(DecodeError, match="Permission denied"):
        decode(tmp_path / "a.wav")


def test_a_file_without_frames_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((0, 2), np.float32), RATE)

    with pytest.raises(DecodeError, match="no sound"):
        decode(tmp_path / "a.wav")


@pytest.mark.parametrize("name", ['it\'s "loud" 🎧.ogg', "AC:DC - é.mp3", "http:x.wav"])
def test_names_with_quotes_colons_and_emoji_are_only_names(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, tone(), RATE)

    assert decode(tmp_path / name).duration_s == pytest.approx(2.0, abs=0.01)


def test_nan_and_infinity_become_silence_and_damage_is_clipped(tmp_path: Path) -> None:
    samples = tone()
    samples[100], samples[200], samples[300], samples[400] = np.nan, np.inf, -np.inf, 1e30
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")

    heard = decode(tmp_path / "a.wav").samples

    assert np.isfinite(heard).all()

    assert np.abs(heard).max() <= 16.0
    assert not heard[[100, 200, 300]].any()


def test_clean_leaves_sound_untouched() -> None:
    sound = tone()

    assert clean(sound) is sound


@pytest.mark.parametrize("suffix", [".wav", ".ogg"])
@pytest.mark.parametrize("block", [64, 1000, 44_100])
def test_a_stream_is_the_file_however_cut(tmp_path: Path, suffix: str, block: int) -> None:
    soundfile.write(tmp_path / f"a{suffix}", tone(2.3), RATE)
    whole = decode(tmp_path / f"a{suffix}").samples

    blocks = [part.samples for part in stream(tmp_path / f"a{suffix}", block)]

    assert all(len(part) == block for part in blocks[:-1])
    assert np.array_equal(np.concatenate(blocks), whole)


def test_recut_refuses_no_frames() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        next(recut(iter([tone()]), 0))


def test_length_tells_rate_channels_and_frames(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.flac", tone(3.0), RATE)

    assert length(tmp_path / "a.flac") == (RATE, 2, 3 * RATE)
    assert length(encode(tmp_path / "a.m4a", tone(3.0), "alac"))[:2] == (RATE, 2)


@pytest.mark.parametrize(("name", "error"), [("a.wav", 0.0), ("a.w64", 0.0), ("a.flac", 2.0**-23)])
def test_what_is_written_block_by_block_reads_back(tmp_path: Path, name: str, error: float) -> None:
    writer = Writer(tmp_path / name, RATE, 2)
    for start in range(0, 2 * RATE, 2205):
        writer.write(tone()[start : start + 2205])
    writer.close()

    assert np.abs(decode(tmp_path / name).samples - tone()).max() <= error


def test_a_recording_that_cannot_be_says_why(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match=r"ends in \.flac"):
        Writer(tmp_path / "a.mp3", RATE, 2)
    with pytest.raises(DecodeError, match="cannot be written"):
        Writer(tmp_path / "no" / "a.wav", RATE, 2)
