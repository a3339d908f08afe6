"""The music teacher: its checkpoint, its archive, its network."""

import re
import subprocess
import zipfile

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segue.daemon.errors import SegueError
from segue.models.teachers import archive, musicnn
from segue.models.teachers.musicnn import TAGS, Musicnn, Network
from segue.models.teachers.tf_checkpoint import MAGIC, read_index, read_tensors

RATE = 16_000


def varint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*out, n])


def block(pairs, compression=0):
    """A LevelDB block: keys share what they can with the one before; one restart point."""
    out, last = b"", b""
    for key, value in pairs:
        shared = next((i for i, (a, b) in enumerate(zip(key, last, strict=False)) if a != b), min(len(key), len(last)))
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    return out + (0).to_bytes(4, "little") + (1).to_bytes(4, "little"), bytes([compression]) + b"crc!"


def write_checkpoint(tensors, compression=0, shard=0):
    """The two files of a checkpoint, as TensorFlow writes them: its entries in two blocks, the header in the first."""
    kinds = {"<f4": 1, "<i8": 9, "<c8": 8}
    data, entries = b"", [(b"", b"\x08\x01\x1a\x02\x08\x01")]
    for name in sorted(tensors):
        x = tensors[name]
        shape = b"".join(b"\x12" + varint(len(d)) + d for d in (b"\x08" + varint(n) if n else b"" for n in x.shape))
        proto = b"\x08" + varint(kinds[x.dtype.str]) + b"\x12" + varint(len(shape)) + shape
        proto += (b"\x18" + varint(shard) if shard else b"") + (b"\x20" + varint(len(data)) if data else b"")
        proto += b"\x28" + varint(x.nbytes) + b"\x35" + b"\x01\x02\x03\x04"
        entries.append((name.encode(), proto))
        data += x.tobytes()
    table, handles = b"", []
    for part in (entries[: len(entries) // 2], entries[len(entries) // 2 :]):
        body, trailer = block(part, compression)
        handles.append((part[-1][0], varint(len(table)) + varint(len(body))))
        table += body + trailer
    meta_at, (meta, trailer) = len(table), block([])
    table += meta + trailer
    index_at, (index, trailer) = len(table), block(handles)
    table += index + trailer
    footer = varint(meta_at) + varint(len(meta)) + varint(index_at) + varint(len(index))
    return table + footer.ljust(40, b"\0") + MAGIC, data


def test_the_variables_of_a_checkpoint_are_read_by_name_shape_and_kind():
    rng = np.random.default_rng(0)
    tensors = {
        "conv2d/bias": rng.standard_normal(5).astype("<f4"),
        "conv2d/kernel": rng.standard_normal((3, 2, 1, 5)).astype("<f4"),
        "conv2d_1/kernel": rng.standard_normal((300, 7)).astype("<f4"),
        "empty": np.zeros((0, 4), "<f4"),
        "steps": np.array(123_456_789_012, "<i8"),
    }

    got = read_tensors(*write_checkpoint(tensors))

    assert list(got) == sorted(tensors)
    for name, x in tensors.items():
        assert got[name].dtype == x.dtype
        np.testing.assert_array_equal(got[name], x)


def test_what_is_no_checkpoint_or_a_damaged_one_is_refused():
    tensors = {"a/b": np.ones((4, 4), "<f4"), "a/c": np.ones(3, "<f4")}
    index, data = write_checkpoint(tensors)

    for wrong in (b"", b"x" * 100, index[:-8] + b"leveldb?"):
        with pytest.raises(SegueError, match=r"wanted NAME\.index"):
            read_index(wrong)
    with pytest.raises(SegueError, match="damaged"):
        read_index(index[60:])
    with pytest.raises(SegueError, match=r"damaged.*compressed"):
        read_index(write_checkpoint(tensors, compression=1)[0])
    with pytest.raises(SegueError, match=r"'a/c' has 4 bytes for \(3,\)"):
        read_tensors(index, data[:-8])
    with pytest.raises(SegueError, match="shard 1"):
        read_tensors(*write_checkpoint(tensors, shard=1))
    with pytest.raises(SegueError, match="kind 8"):
        read_tensors(*write_checkpoint({"c": np.ones(2, "<c8")}))


def test_an_archive_that_is_missing_or_another_one_is_told_with_the_way_to_get_it(tmp_path):
    other = tmp_path / archive.FILE
    with pytest.raises(SegueError, match=re.escape(archive.PAGE)):
        archive.read_archive(other)
    with zipfile.ZipFile(other, "w") as file:
        file.writestr("musicnn/__init__.py", "")

    with pytest.raises(SegueError, match=rf"not the music teacher.*delete it.*{re.escape(archive.PAGE)}"):
        archive.read_archive(other)


def test_pip_downloads_the_archive_once_and_nothing_with_it(tmp_path, monkeypatch):
    calls = []

    def pip(command, **_):
        calls.append(command)
        (tmp_path / command[command.index("--dest") + 1] / archive.FILE).write_bytes(b"the archive")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    monkeypatch.setattr(archive, "SHA256", "c8d18c54d108f4f0237eb4e1c4473cfd3dbd267afe97c2d967003bda0f546e08")
    folder = tmp_path / "new" / "folder"

    first, second = archive.fetch_archive(folder), archive.fetch_archive(folder)

    assert first == second == folder / archive.FILE
    assert len(calls) == 1
    assert {"download", "--no-deps", "--only-binary"} <= set(calls[0])
    assert [p.name for p in folder.iterdir()] == [archive.FILE]


def test_a_download_that_fails_leaves_nothing_and_says_how_to_get_it_by_hand(tmp_path, monkeypatch):
    said = subprocess.CompletedProcess([], 1, "", "WARNING: slow\nERROR: no network\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)

    with pytest.raises(SegueError, match=rf"ERROR: no network.*{re.escape(archive.PAGE)}.*{re.escape(str(tmp_path))}"):
        archive.fetch_archive(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def exact(monkeypatch):
    monkeypatch.setattr(musicnn, "bfloat16", lambda: False)


def variables(seed=0):
    """Random variables under TensorFlow's names and in its order of axes."""
    rng = np.random.default_rng(seed)
    kernels = {"conv2d": (7, 38, 1, 204), "conv2d_1": (7, 67, 1, 204), "conv2d_5": (7, 561, 1, 64)}
    kernels |= {f"conv2d_{n}": (k, 1, 1, 51) for n, k in ((2, 128), (3, 64), (4, 32))}
    kernels |= {f"conv2d_{n}": (7, 64, 1, 64) for n in (6, 7)} | {"dense": (1506, 200), "dense_1": (200, 50)}
    tensors = {f"{k}/kernel": rng.standard_normal(s) / np.sqrt(np.prod(s[:-1])) for k, s in kernels.items()}
    tensors |= {f"{k}/bias": rng.standard_normal(s[-1]) * 0.1 for k, s in kernels.items()}
    for n, size in enumerate((1, 204, 204, 51, 51, 51, 64, 64, 64, 1506, 200)):
        name = f"batch_normalization_{n}" if n else "batch_normalization"
        tensors[f"{name}/gamma"], tensors[f"{name}/beta"] = rng.standard_normal((2, size))
        tensors[f"{name}/moving_mean"], tensors[f"{name}/moving_variance"] = rng.uniform(0.1, 1, (2, size))
    return {k: v.astype(np.float32) for k, v in tensors.items()}


def published(mel, tensors):
    """MusiCNN as its package writes it down, channels last, each step where it stands there; mel (n, frames, bands)."""

    def conv(x, n):
        name = f"conv2d_{n}" if n else "conv2d"
        kernel = torch.tensor(tensors[f"{name}/kernel"]).permute(3, 2, 0, 1)
        answer = F.conv2d(x.permute(0, 3, 1, 2), kernel, torch.tensor(tensors[f"{name}/bias"]))
        return F.relu(answer).permute(0, 2, 3, 1)

    def norm(x, n):
        name = f"batch_normalization_{n}" if n else "batch_normalization"
        g, b, m, v = (torch.tensor(tensors[f"{name}/{p}"]) for p in ("gamma", "beta", "moving_mean", "moving_variance"))
        return (x - m) / torch.sqrt(v + 0.001) * g + b

    def dense(x, name):
        return x @ torch.tensor(tensors[f"{name}/kernel"]) + torch.tensor(tensors[f"{name}/bias"])

    x = norm(mel[..., None], 0)
    front = []
    for n, frames in enumerate((7, 7, 128, 64, 32)):
        padded = F.pad(x, (0, 0, 0, 0, (frames - 1) // 2, frames // 2))
        front.append(norm(conv(padded, n), n + 1).amax(2))
    layers = [torch.cat(front, 2)[..., None]]
    for n in (5, 6, 7):
        x = norm(conv(F.pad(layers[-1], (0, 0, 0, 0, 3, 3)), n), n + 1).permute(0, 1, 3, 2)
        layers.append(x + layers[-1] if n > 5 else x)
    every = torch.cat(layers, 2)
    pooled = norm(torch.cat([every.amax(1), every.mean(1)], 2).flatten(1), 9)
    units = norm(F.relu(dense(pooled, "dense")), 10)
    return units, torch.sigmoid(dense(units, "dense_1"))


def test_the_network_is_the_published_one_in_its_own_words(exact):
    tensors = variables()
    network = Network().eval()
    network.fill(tensors | {"conv2d/kernel/Adam": np.zeros(3, np.float32)})
    mel = torch.randn(2, 187, 96).abs()

    with torch.inference_mode():
        units, tags = network(mel)
        want_units, want_tags = published(mel, tensors)

    assert units.shape == (2, 200)
    assert tags.shape == (2, len(TAGS)) == (2, 50)
    torch.testing.assert_close(units, want_units, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(tags, want_tags, atol=1e-4, rtol=1e-4)


def test_a_checkpoint_of_another_network_is_refused():
    tensors = variables()
    with pytest.raises(SegueError, match=r"conv2d_7/bias'.*\(64,\)"):
        Network().fill(tensors | {"conv2d_7/bias": np.zeros(512, np.float32)})
    del tensors["dense/kernel"]
    with pytest.raises(SegueError, match="no 'dense/kernel'"):
        Network().fill(tensors)


@pytest.fixture
def teacher(monkeypatch):
    monkeypatch.setattr(musicnn, "read_archive", lambda _: variables())
    return Musicnn()


def test_a_row_is_the_mean_of_the_patches_that_contain_its_second_and_the_same_every_time(teacher):
    mono = (0.1 * np.random.default_rng(0).standard_normal(5 * RATE + 900)).astype(np.float32)

    rows = teacher.rows(mono)
    units, tags = teacher.hear(mono)

    assert rows.shape == (5, 200)
    assert rows.dtype == np.float32
    assert len(units) == len(tags) == 3
    np.testing.assert_allclose(rows[0], units[0], atol=1e-5)
    np.testing.assert_allclose(rows[1], units[:2].mean(0), atol=1e-5)
    np.testing.assert_allclose(rows[2], units.mean(0), atol=1e-5)
    np.testing.assert_allclose(rows[3], units[1:].mean(0), atol=1e-5)
    np.testing.assert_allclose(rows[4], units[2], atol=1e-5)
    np.testing.assert_array_equal(teacher.rows(mono), rows)


def test_less_than_a_patch_of_sound_has_a_row_a_second_too(teacher):
    sound = np.ones(2 * RATE + 1, np.float32) * 0.1

    assert teacher.rows(sound).shape == (2, 200)
    assert teacher.rows(sound[:100]).shape == (1, 200)


def test_short_numbers_change_what_it_says_by_little(teacher, monkeypatch):
    mono = (0.1 * np.random.default_rng(0).standard_normal(3 * RATE)).astype(np.float32)
    answers = []
    for short in (False, True):
        monkeypatch.setattr(musicnn, "bfloat16", lambda short=short: short)
        answers.append(teacher.rows(mono))

    assert 0 < np.abs(answers[0] - answers[1]).max() < 0.1 * answers[0].std()


@pytest.mark.skipif(not (archive.archive_folder() / archive.FILE).exists(), reason="the archive is not on this machine")
def test_the_published_weights_say_what_tensorflow_says_with_them(exact):
    """Expected: the package's own graph and weights run by TensorFlow 2.15.1 on librosa's log-mel of the same sound."""
    t = np.arange(3 * RATE + 4096) / RATE
    sweep = np.sin(2 * np.pi * 1760 * t * t) * ((2 * t) % 1 < 0.25)
    mono = (0.2 * np.sin(2 * np.pi * 220 * t) + 0.1 * sweep).astype(np.float32)
    teacher = Musicnn(archive.archive_folder() / archive.FILE)

    units, tags = teacher.hear(mono)

    want = [-0.1772, -0.1270, -0.2848, -0.2751, -0.3532, 0.3405, -0.2574, 1.1038]
    np.testing.assert_allclose(units[0, :8], want, atol=5e-4)
    best = np.argsort(tags[0])[::-1][:5]
    assert [TAGS[n] for n in best] == ["electronic", "ambient", "electronica", "female vocalists", "experimental"]
    np.testing.assert_allclose(tags[0, best], [0.5019, 0.2574, 0.1498, 0.1340, 0.1190], atol=5e-4)
