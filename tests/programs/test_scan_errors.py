"""scan.py asked for what cannot be done."""

import pytest

from genomics.errors import InputError
from genomics.sequence.bases import decode

MODEL = ("--model=tiny_network:build", "--length=24", "--task_names=alpha,Beta")
CONTIG = "22:1-700"


def test_a_folder_of_another_scan_is_refused(scan, genome_fasta, genome_codes, tmp_path):
    common = (f"--fasta={genome_fasta}", f"--output={tmp_path / 'out'}", f"--regions={CONTIG}:101-150")
    scan(*MODEL, *common)
    for changed, difference in (
        (("--model=tiny_network:other", *MODEL[1:], *common), "model (then"),
        ((*MODEL, *common, "--reverse_complement"), "reverse_complement (then False, now True)"),
        ((*MODEL, *common, "--part_size=7"), "part_size (then 1048576, now 7)"),
        ((*MODEL, *common, "--tasks=alpha"), "tasks (then ['alpha', 'Beta'], now ['alpha'])"),
        ((*MODEL, *common, "--regions=b"), "regions (then"),
    ):
        with pytest.raises(InputError) as caught:
            scan(*changed)
        assert "holds a scan with other settings" in str(caught.value)
        assert difference in str(caught.value)
    genome_codes = genome_codes.copy()
    genome_codes[120] = (genome_codes[120] + 1) % 4
    other = tmp_path / "other.fa"
    other.write_text(f">b\nACGTACGTAC\n>{CONTIG}\n{decode(genome_codes)}\n")
    with pytest.raises(InputError, match=r"part-00000.h5: was computed from other bases"):
        scan(*MODEL, *common, f"--fasta={other}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shard=3/3",), "--shard=3/3: must be i/N with 0 <= i < N"),
        (("--shard=x",), "must be i/N"),
        (("--regions=chr9",), "region chr9: no contig chr9"),
        (("--regions=absent.bed",), "--regions=absent.bed: no such file"),
        ((f"--regions={CONTIG}:690-701",), "ends past the contig"),
        (("--stride=5",), "--stride: is for --window=tiled"),
        (("--profile", "--dry_run"), "--profile: is for a scan that runs"),
        (("--window=tiled", "--stride=25"), "--stride=25: must be at most L = 24"),
        (("--window=tiled", "--what=predictions"), "--window=tiled: is for"),
        (("--summary_only", "--what=predictions"), "--summary_only: is for"),
        (("--info_key=X",), "--info_key: is for --vcf"),
        (("--num_workers=2",), "--num_workers: is for --engine=ray"),
        (("--engine=local", "--ray_address=auto"), "--ray_address: is for --engine=ray"),
        (("--seed=1",), "nothing in a scan is random"),
        (("extra",), "'extra': arguments are given as --flag=value"),
    ],
)
def test_what_the_user_gets_wrong_is_one_clear_error(scan, genome_fasta, tmp_path, arguments, message):
    with pytest.raises(InputError) as caught:
        scan(*MODEL, f"--fasta={genome_fasta}", f"--output={tmp_path}", *arguments)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("part*"))


def test_a_genome_is_needed_and_a_folder_of_a_scan_to_merge(scan, tmp_path):
    with pytest.raises(InputError, match="--fasta=FILE must give the genome"):
        scan(*MODEL, f"--output={tmp_path}")
    with pytest.raises(InputError, match=r"plan.json: absent"):
        scan("--merge", f"--output={tmp_path}")


def test_a_folder_that_cannot_be_written(scan, genome_fasta, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        scan(*MODEL, f"--fasta={genome_fasta}", f"--output={tmp_path / 'file' / 'out'}")
