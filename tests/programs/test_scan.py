"""scan.py as users run it: bases."""

import json
import os
import re
import subprocess
import sys

import h5py
import jax
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.report.scan_summary import summarise
from genomics.sequence.bases import one_hot

pyBigWig = pytest.importorskip("pyBigWig")

LENGTH = 24
MODEL = ("--model=tiny_network:build", f"--length={LENGTH}", "--task_names=alpha,Beta")
CONTIG = "22:1-700"


@pytest.fixture(scope="session")
def expected(genome_codes, repository):
    """Effects of every base of the contig, (700, 4, 2), by plain evaluation."""
    sys.path.insert(0, str(repository / "tests" / "programs"))
    import tiny_network

    sys.path.pop(0)
    predict = jax.jit(jax.vmap(tiny_network.build()))
    padded = np.pad(genome_codes, LENGTH, constant_values=4)
    windows = np.stack([padded[LENGTH + i - LENGTH // 2 :][:LENGTH] for i in range(len(genome_codes))])
    reference = np.asarray(predict(one_hot(windows)))
    effects = []
    for base in range(4):
        mutants = windows.copy()
        mutants[:, LENGTH // 2] = base
        effects.append(np.asarray(predict(one_hot(mutants))) - reference)
    effects = np.stack(effects, 1)
    effects[genome_codes == 4] = np.nan
    return effects


def parts_of(folder):
    """Data sets and attributes (but for times) of all parts, in order."""
    found = []
    for path in sorted(folder.glob("part-*.h5")):
        with h5py.File(path) as file:
            arrays = {name: item[()] for name, item in file.items()}
            attributes = {name: value for name, value in file.attrs.items() if name != "time"}
        found.append((path.name, arrays, attributes))
    return found


def assert_same_parts(one, other):
    one, other = parts_of(one), parts_of(other)
    assert [name for name, _, _ in one] == [name for name, _, _ in other]
    for (name, arrays, attributes), (_, same, same_attributes) in zip(one, other, strict=True):
        assert arrays.keys() == same.keys()
        for key in arrays:
            assert arrays[key].dtype == same[key].dtype
            assert arrays[key].tobytes() == same[key].tobytes() or arrays[key].dtype.kind == "O", f"{name} {key}"
        assert {k: v for k, v in attributes.items() if k != "provenance"} == {
            k: v for k, v in same_attributes.items() if k != "provenance"
        }


def profiled(text):
    """Seconds of the whole, and of each stage, from what --profile prints."""
    assert all(len(line) <= 80 for line in text[text.index("profile: ") :].splitlines())
    whole = float(re.search(r"^profile: +([0-9.]+) s from", text, re.MULTILINE)[1])
    return whole, {what: float(value) for value, what in re.findall(r"^  +([0-9.]+) s  (.+)$", text, re.MULTILINE)}


def joined(folder, name):
    return np.concatenate([arrays[name] for _, arrays, _ in parts_of(folder)])


def test_every_base_of_a_genome(scan, genome_fasta, genome_codes, expected, tmp_path, capsys):
    scan(*MODEL, f"--fasta={genome_fasta}", f"--output={tmp_path}", "--part_size=300")
    found = joined(tmp_path, "effects")
    assert found.shape == (710, 4, 2)
    assert found.dtype == np.float16
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    worst = np.nanmax(np.abs(found[10:] - expected))
    assert worst <= manifest["rounding_error"] + 1e-5
    np.testing.assert_array_equal(np.isnan(found[10:, 0, 0]), genome_codes == 4)
    known = np.flatnonzero(genome_codes != 4)
    assert (found[10:][known, genome_codes[known]] == 0).all()
    assert (manifest["bases"], manifest["unknown_bases"]) == (710, 151)
    assert [part["file"] for part in manifest["parts"]] == [f"part-0000{i}.h5" for i in range(3)]

    _, arrays, attributes = parts_of(tmp_path)[0]
    intervals = zip(arrays["chrom"].tolist(), arrays["start"].tolist(), arrays["end"].tolist(), strict=True)
    assert list(intervals) == [(b"b", 0, 10), (CONTIG.encode(), 0, 290)]
    assert json.loads(attributes["provenance"])["model"] == "tiny_network:build"

    tracks = {path.name for path in tmp_path.glob("*.bw")}
    assert tracks == {"alpha.max.bw", "alpha.mean.bw", "Beta.max.bw", "Beta.mean.bw"} == set(manifest["files"])
    stored = found[10:].astype(np.float32)
    for task, label in enumerate(("alpha", "Beta")):
        for kind, values in (("max", np.abs(stored).max(1)), ("mean", stored.sum(1) / 3)):
            with pyBigWig.open(str(tmp_path / f"{label}.{kind}.bw")) as file:
                assert dict(file.chroms()) == {"b": 10, CONTIG: 700}
                np.testing.assert_array_equal(file.values(CONTIG, 0, 700, numpy=True), values[:, task])
    out = capsys.readouterr().out
    assert "1,677 variants in" in out
    assert "variants/s" in out
    assert "rounded to float16: largest error" in out

    summary = summarise(tmp_path)
    assert (summary["bases"], summary["unknown_bases"], summary["variants"]) == (710, 151, 1677)
    assert summary["model"] == "tiny_network:build"
    largest = np.nanmax(np.abs(found[..., 1].astype(np.float32)))
    assert abs(next(each["effect"] for each in summary["top"] if each["task"] == "Beta")) == pytest.approx(
        largest, rel=1e-4
    )

    # The same command again has nothing to do, and touches nothing.
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    scan(*MODEL, f"--fasta={genome_fasta}", f"--output={tmp_path}", "--part_size=300")
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    assert "3 of 3 parts are there already" in capsys.readouterr().out


def test_regions_from_all_sources(scan, genome_fasta, expected, tmp_path, capsys):
    bed = tmp_path / "some.bed"
    bed.write_text(f"{CONTIG}\t600\t610\n{CONTIG}\t100\t120\tname\n{CONTIG}\t115\t130\n")
    regions = (f"--regions={bed}", f"--regions={CONTIG}:1-5,{CONTIG}:651-700", "--regions=b")
    scan(*MODEL, f"--fasta={genome_fasta}", f"--output={tmp_path / 'out'}", *regions, "--dtype=float32")
    ((_, arrays, _),) = parts_of(tmp_path / "out")
    assert arrays["start"].tolist() == [0, 0, 100, 600, 650]
    assert arrays["end"].tolist() == [10, 5, 130, 610, 700]
    rows = np.concatenate([np.arange(0, 5), np.arange(100, 130), np.arange(600, 610), np.arange(650, 700)])
    np.testing.assert_allclose(arrays["effects"][10:], expected[rows], atol=1e-5)
    out = capsys.readouterr().out
    assert f"regions: {bed}: 3 intervals, 45 bases, not sorted: taken in order" in out
    assert f"regions: {CONTIG}:651-700 (50 bases)" in out
    assert "6 intervals that overlap or touch are merged to 5" in out


def test_only_some_tasks_summaries_predictions_and_compression(scan, genome_fasta, expected, tmp_path):
    where = (f"--fasta={genome_fasta}", f"--regions={CONTIG}:101-150")
    scan(*MODEL, *where, f"--output={tmp_path / 'a'}", "--tasks=beta", "--summary_only", "--compression=gzip")
    found = joined(tmp_path / "a", "max")
    assert found.shape == (50, 1)
    np.testing.assert_allclose(found[:, 0], np.abs(expected[100:150, :, 1]).max(1), atol=2e-3)
    assert {path.name for path in (tmp_path / "a").glob("*.bw")} == {"Beta.max.bw", "Beta.mean.bw"}
    scan(*MODEL, *where, f"--output={tmp_path / 'b'}", "--what=predictions", "--dtype=float32")
    logits = joined(tmp_path / "b", "logits")
    with pyBigWig.open(str(tmp_path / "b" / "Beta.logit.bw")) as file:
        np.testing.assert_array_equal(file.values(CONTIG, 100, 150, numpy=True), logits[:, 1])
    assert not (tmp_path / "b" / "Beta.max.bw").exists()


def test_shards_then_merge_equal_one_run(scan, genome_fasta, tmp_path, capsys):
    common = (*MODEL, f"--fasta={genome_fasta}", "--part_size=100")
    scan(*common, f"--output={tmp_path / 'one'}", "--profile")
    whole, seconds = profiled(capsys.readouterr().out)
    assert {"wait for the device", "copy into parts", "join tracks", "read", "summarise", "write"} <= seconds.keys()
    # Those of the thread that hands out chunks are the whole, but for what is printed and looked up between them.
    in_turn = sum(value for what, value in seconds.items() if what not in ("read", "summarise", "write"))
    assert 0.5 * whole < in_turn <= whole + 0.05
    for shard in (2, 0, 1):
        scan(*common, f"--output={tmp_path / 'many'}", f"--shard={shard}/3")
        assert f"shard {shard}/3 is done; after all shards: scan.py --merge" in capsys.readouterr().out
        assert not (tmp_path / "many" / "manifest.json").exists()
        if shard == 0:
            with pytest.raises(InputError, match=r"3 of 8 parts are missing or damaged: part-00001.h5, part-0"):
                scan("--merge", f"--output={tmp_path / 'many'}")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "many").glob("part*")}
    scan("--merge", f"--output={tmp_path / 'many'}", "--profile")
    assert profiled(capsys.readouterr().out)[1].keys() == {"check parts before the merge", "join tracks"}
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "many").glob("part*")} == before
    assert_same_parts(tmp_path / "one", tmp_path / "many")
    for path in (tmp_path / "one").glob("*.bw"):
        assert path.read_bytes() == (tmp_path / "many" / path.name).read_bytes()


def test_damaged_parts_are_computed_again(scan, genome_fasta, tmp_path, capsys):
    common = (*MODEL, f"--fasta={genome_fasta}", "--part_size=100")
    for name in ("good", "bad"):
        scan(*common, f"--output={tmp_path / name}")
    (tmp_path / "bad" / "part-00001.h5").unlink()
    cut = tmp_path / "bad" / "part-00003.h5"
    cut.write_bytes(cut.read_bytes()[:-100])
    capsys.readouterr()
    scan(*common, f"--output={tmp_path / 'bad'}")
    out = capsys.readouterr().out
    assert "part-00003.h5: is damaged" in out
    assert "6 of 8 parts are there already" in out
    assert_same_parts(tmp_path / "good", tmp_path / "bad")


def test_a_full_disk_is_one_clear_error(scan, genome_fasta, tmp_path, monkeypatch):
    import errno

    from genomics.io import hdf5_write

    class Full(hdf5_write._Disk):
        def __init__(self, path):
            super().__init__(path)
            if not path.name.endswith(("00000.h5", "00001.h5", "tracks-00002.h5")):
                self.error = OSError(errno.ENOSPC, "no")

    common = (*MODEL, f"--fasta={genome_fasta}", "--part_size=100", f"--output={tmp_path / 'out'}")
    with monkeypatch.context() as patch:
        patch.setattr(hdf5_write, "_Disk", Full)
        with pytest.raises(InputError, match=r"part-00002.h5: cannot be written: No space left on device"):
            scan(*common)
    assert sorted(path.name for path in (tmp_path / "out").glob("part*")) == ["part-00000.h5", "part-00001.h5"]
    scan(*common)
    scan(*common[:-1], f"--output={tmp_path / 'good'}")
    assert_same_parts(tmp_path / "good", tmp_path / "out")


def test_dry_run_writes_nothing(scan, genome_fasta, tmp_path, capsys):
    scan(*MODEL, f"--fasta={genome_fasta}", f"--output={tmp_path / 'out'}", "--dry_run", "--shard=1/4")
    out = capsys.readouterr().out
    assert f"contig {CONTIG}: 700 bases, 151 of them N" in out
    assert "in all: 2 contigs, 710 bases, 151 of them N" in out
    assert "variants: 1,677" in out
    assert "to be written: about 11.4 kB in 1 part," in out
    assert "for each of 4 shards: " in out
    assert not (tmp_path / "out").exists()


def test_several_devices_give_what_one_gives(genome_fasta, expected, repository, tmp_path):
    command = [sys.executable, "scan.py", *MODEL, f"--fasta={genome_fasta}", "--part_size=150", "--dtype=float32"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(repository / "tests" / "programs"),
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=3",
    }
    command.append(f"--output={tmp_path}")
    subprocess.run(command, cwd=repository, env=environment, check=True, capture_output=True)
    assert len(json.loads((tmp_path / "manifest.json").read_text())["provenance"]["devices"]) == 3
    np.testing.assert_allclose(joined(tmp_path, "effects")[10:], expected, atol=1e-5)


def test_a_scan_goes_on_by_the_batch_size_of_its_parts(scan, fasta, tmp_path, capsys):
    flags = (*MODEL, f"--fasta={fasta}", f"--output={tmp_path}/o", "--part_size=100")
    scan(*flags, "--batch_size=37")
    (tmp_path / "o" / "part-00001.h5").unlink()
    scan(*flags)
    assert json.loads((tmp_path / "o" / "plan.json").read_text())["chunk"]["size"] == 37
    assert "rounding differs" not in capsys.readouterr().out
    (tmp_path / "o" / "part-00001.h5").unlink()
    scan(*flags, "--batch_size=64")
    assert "computed by --batch_size=37 on cpu: their rounding differs" in capsys.readouterr().out
    assert json.loads((tmp_path / "o" / "plan.json").read_text())["chunk"]["size"] == 37
