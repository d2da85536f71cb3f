"""A genome from start to tracks, every file written: seconds, memory and bytes, and what a human one would take.

    python -m benchmarks.genome --workdir=runs/lab5 [--bases=60000000] [--flags=--summary_only,...]

A random genome of 24 contigs with the proportions of GRCh38 and 5 % N, in runs. Beside it a small one of the same
contigs, whose time is the start-up: what a base takes is the difference of both over the difference of their bases, of
the whole and of each stage of `--profile`.
"""

import re
import tempfile
from pathlib import Path

from absl import app, flags

from benchmarks.synthetic import Taken, run, write_genome

WORKDIR = flags.DEFINE_string("workdir", None, "Of a training run.", required=True)
NUM_BASES = flags.DEFINE_integer("bases", 60_000_000, "Of the genome.", lower_bound=4_800_000)
FURTHER = flags.DEFINE_list("flags", [], "Further flags of scan.py.")
FOLDER = flags.DEFINE_string("folder", None, "Where the files lie for the time being.")
#: Megabases of the chromosomes 1 ... 22, X and Y.
_CHROMOSOMES = (248, 242, 198, 190, 182, 171, 159, 145, 138, 134, 135, 133)
_CHROMOSOMES += (114, 107, 102, 90, 83, 80, 59, 64, 47, 51, 156, 57)
_UNKNOWN, _HUMAN, _SMALL = 0.05, 3.1e9, 2_400_000
#: Stages whose time is that of tracks and writing, where the thread waits for them that hands out chunks.
_WRITING = ("wait for writing", "join tracks", "check parts before the merge")


def main(argv: list[str]) -> None:
    del argv
    here, found = Path(__file__).resolve().parent.parent, {}
    with tempfile.TemporaryDirectory(dir=FOLDER.value) as name:
        for bases in (_SMALL, NUM_BASES.value):
            folder = Path(name) / str(bases)
            folder.mkdir()
            names = [*map(str, range(1, 23)), "X", "Y"]
            sizes = {f"chr{n}": bases * size // sum(_CHROMOSOMES) for n, size in zip(names, _CHROMOSOMES, strict=True)}
            write_genome(folder / "genome.fa", sizes, unknown=_UNKNOWN)
            arguments = [f"--workdir={Path(WORKDIR.value or '').resolve()}", f"--fasta={folder / 'genome.fa'}"]
            arguments += [f"--output={folder / 'effects'}", "--profile", *FURTHER.value]
            taken = run(here, ["scan.py", *arguments])
            written = {
                "parts": sum(path.stat().st_size for path in (folder / "effects").glob("part-*.h5")),
                "tracks": sum(path.stat().st_size for path in (folder / "effects").glob("*.bw")),
            }
            found[bases] = taken, _stages(taken.text), written
            shown = ", ".join(f"{what} {count / 1e9:.2f} GB" for what, count in written.items())
            peak = f"at most {taken.peak / 1e9:.2f} GB of memory"
            print(f"{bases:,} bases: {taken.wall:.1f} s, {taken.cpu:.1f} CPU-s, {peak}; {shown}", flush=True)
    _told(*found.values())


def _stages(text: str) -> dict[str, float]:
    return {what: float(value) for value, what in re.findall(r"^  +([0-9.]+) s  (.+)$", text, re.MULTILINE)}


def _told(small: tuple[Taken, dict, dict], large: tuple[Taken, dict, dict]) -> None:
    more = NUM_BASES.value - _SMALL
    human = _HUMAN / more
    print(f"{'':32}{'measured':>10}{'a base':>14}{_HUMAN / 1e9:>8.1f}e9 bases")
    wall, cpu = large[0].wall - small[0].wall, large[0].cpu - small[0].cpu
    rows = {"wall": wall, "CPU": cpu, **{what: value - small[1].get(what, 0.0) for what, value in large[1].items()}}
    totals = {"wall": large[0].wall, "CPU": large[0].cpu, **large[1]}
    for what, value in rows.items():
        print(f"{what:32}{totals[what]:8.1f} s{value / more * 1e9:11.1f} ns{value * human / 3600:12.2f} h")
    for what, count in large[2].items():
        each = count / NUM_BASES.value
        print(f"{what:32}{count / 1e9:7.2f} GB{each:12.2f} B{each * _HUMAN / 1e9:11.0f} GB")
    start = small[0].wall - wall / more * _SMALL
    print(f"start-up: {start:.1f} s; effects: {3 * more * (1 - _UNKNOWN) / wall / 1e6:.2f} M/s")
    share = sum(large[1].get(what, 0.0) for what in _WRITING) / large[0].wall
    print(f"tracks and writing, where they are waited for: {share:.1%} of the wall time")


if __name__ == "__main__":
    app.run(main)
