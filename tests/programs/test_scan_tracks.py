"""Tracks are a by-product of parts: finished where their results are, copied when all are there, gone thereafter."""

import json

import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.scan import join

MODEL = ("--model=tiny_network:build", "--length=24", "--task_names=alpha,Beta")


@pytest.fixture(params=[(), ("--summary_only",), ("--what=predictions",)], ids=["effects", "summary", "predictions"])
def common(request, genome_fasta):
    return (*MODEL, f"--fasta={genome_fasta}", "--part_size=150", *request.param)


def _shards(scan, common, folder):
    for shard in range(2):
        scan(*common, f"--output={folder}", f"--shard={shard}/2")


def _tracks(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.bw")}


def test_a_merge_copies_what_the_parts_left(scan, common, tmp_path, monkeypatch):
    """And gives the same bytes as one that makes it of the results, as for parts of earlier versions."""
    _shards(scan, common, tmp_path)
    pieces = sorted(path.name for path in tmp_path.glob("tracks-*.h5"))
    assert pieces == [f"tracks-{number:05d}.h5" for number in range(5)]
    with monkeypatch.context() as patch:
        patch.setattr(join, "read_shard", None)
        scan("--merge", f"--output={tmp_path}")
    made = _tracks(tmp_path)
    assert len(made) in (2, 4)
    assert not list(tmp_path.glob("tracks-*"))
    for path in tmp_path.glob("*.bw"):
        path.unlink()
    scan("--merge", f"--output={tmp_path}")
    assert _tracks(tmp_path) == made
    assert not list(tmp_path.glob("tracks-*"))


def test_pieces_that_are_cut_or_of_another_run_are_made_again(scan, genome_fasta, tmp_path, monkeypatch):
    common = (*MODEL, f"--fasta={genome_fasta}", "--part_size=150")
    for name in ("good", "bad"):
        _shards(scan, common, tmp_path / name)
    bad = tmp_path / "bad"
    cut = bad / "tracks-00001.h5"
    cut.write_bytes(cut.read_bytes()[:-50])
    with h5py.File(bad / "tracks-00002.h5", "r+") as file:
        file["coarse"][0] = np.zeros(1, file["coarse"].dtype)
    (bad / "tracks-00003.h5").unlink()
    read, again = join.read_shard, []
    monkeypatch.setattr(join, "read_shard", lambda path: again.append(path.name) or read(path))
    for name in ("good", "bad"):
        scan("--merge", f"--output={tmp_path / name}")
    assert again == ["part-00001.h5", "part-00002.h5", "part-00003.h5"]
    assert _tracks(bad) == _tracks(tmp_path / "good")


def test_a_byte_that_changed_in_the_pieces_is_found(scan, genome_fasta, tmp_path):
    common = (*MODEL, f"--fasta={genome_fasta}", "--part_size=150")
    _shards(scan, common, tmp_path)
    with h5py.File(tmp_path / "tracks-00002.h5", "r+") as file:
        file["bytes_32"][5] ^= 1
    with pytest.raises(InputError, match=r"tracks-00002.h5: bytes_32: is damaged: .* delete it"):
        scan("--merge", f"--output={tmp_path}")
    assert not _tracks(tmp_path)
    (tmp_path / "tracks-00002.h5").unlink()
    scan("--merge", f"--output={tmp_path}")
    assert len(_tracks(tmp_path)) == 4


def test_many_files_are_written_in_turns(scan, genome_fasta, tmp_path, monkeypatch):
    common = (*MODEL, f"--fasta={genome_fasta}", "--part_size=150")
    scan(*common, f"--output={tmp_path / 'one'}")
    monkeypatch.setattr(join, "_MOST_FILES", 3)
    scan(*common, f"--output={tmp_path / 'other'}")
    assert _tracks(tmp_path / "one") == _tracks(tmp_path / "other")
    found = [json.loads((tmp_path / name / "manifest.json").read_text())["files"] for name in ("one", "other")]
    assert found[0] == found[1] == ["alpha.max.bw", "alpha.mean.bw", "Beta.max.bw", "Beta.mean.bw"]


def test_a_dry_run_foretells_the_tracks(scan, genome_fasta, tmp_path, capsys):
    common = (*MODEL, f"--fasta={genome_fasta}", f"--output={tmp_path}")
    scan(*common, "--dry_run")
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("tracks: "))
    assert "in 4 files, and as much again beside them until they are joined" in line
    told = float(line.split("about ")[1].split()[0]) * {"kB": 1e3, "MB": 1e6}[line.split("about ")[1].split()[1]]
    scan(*common)
    made = sum(map(len, _tracks(tmp_path).values()))
    assert 0.3 * made < told < 1.5 * made  # heads and indices weigh in small files
    assert np.isfinite(told)
