"""scan.py as users run it: variants."""

import gzip
import json
import time

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.report.scan_summary import summarise
from genomics.scan import merge
from genomics.sequence.bases import encode, one_hot

pysam = pytest.importorskip("pysam")
bcftools = pytest.importorskip("pysam.bcftools")

LENGTH = 24
MODEL = ("--model=tiny_network:build", f"--length={LENGTH}", "--task_names=alpha,Beta")
CONTIG = "22:1-300"
GENOME = "".join(np.random.default_rng(5).choice(list("ACGT"), 298)) + "NN"
HEADER = (
    "##fileformat=VCFv4.2",
    f"##contig=<ID={CONTIG},length=300>",
    "##contig=<ID=decoy,length=10>",
    '##INFO=<ID=AF,Number=A,Type=Float,Description="frequency">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1",
)


def _other(base):
    return "ACGT"[("ACGT".index(base) + 1) % 4]


#: (position from 1, REF, ALT, INFO, alleles that have an effect)
RECORDS = [
    (2, GENOME[1], _other(GENOME[1]), "AF=0.1", (0,)),
    (50, GENOME[49], f"{_other(GENOME[49])},*,{GENOME[49]}TT", ".", (0, 2)),
    (60, GENOME[59:62], GENOME[59], "AF=0.5", (0,)),
    (60, GENOME[59:62].lower(), "TTT" if GENOME[59] != "T" else "CCC", "AF=0.5", (0,)),
    (70, GENOME[69], "<DEL>", ".", ()),
    (80, _other(GENOME[79]), GENOME[79], "AF=1", ()),
    (90, GENOME[89], ".", ".", ()),
    (95, GENOME[94:140], GENOME[94], ".", (0,)),
    (290, GENOME[289], "N", ".", ()),
    (299, "N", "A", ".", ()),
    (300, "NA", "A", ".", ()),
]


@pytest.fixture(scope="module")
def fasta(tmp_path_factory):
    path = tmp_path_factory.mktemp("vcf") / "genome.fa"
    path.write_text(f">{CONTIG}\n{GENOME}\n")
    return path


def lines():
    found = [f"{CONTIG}\t{pos}\trs{pos}\t{ref}\t{alt}\t30\tPASS\t{info}\tGT\t0/1" for pos, ref, alt, info, _ in RECORDS]
    return [*found, "decoy\t3\t.\tA\tC\t.\t.\t.\tGT\t0/0"]


@pytest.fixture(scope="module")
def vcf(fasta):
    path = fasta.with_name("some.vcf")
    path.write_text("".join(f"{line}\n" for line in (*HEADER, *lines())))
    return path


def effect(predict, position, ref, alt):
    """f(alternative) - f(reference)."""
    reference, alternative = logits_of(predict, position, ref, alt)
    return alternative - reference


def logits_of(predict, position, ref, alt):
    """f(reference), f(alternative), by editing the genome as a text."""
    start = position - 1
    padded = {"ref": "N" * LENGTH + GENOME + "N" * LENGTH}
    at = LENGTH + start
    padded["alt"] = padded["ref"][:at] + alt + padded["ref"][at + len(ref) :]
    windows = {name: text[at - LENGTH // 2 :][:LENGTH] for name, text in padded.items()}
    logits = {name: np.asarray(predict(one_hot(encode(text)))) for name, text in windows.items()}
    return logits["ref"], logits["alt"]


def test_every_record_is_annotated_and_else_unchanged(scan, fasta, vcf, tmp_path, capsys):
    import tiny_network

    predict = tiny_network.build()
    scan(*MODEL, f"--fasta={fasta}", f"--vcf={vcf}", f"--output={tmp_path}", "--part_size=3")
    path = tmp_path / "variants.vcf.gz"
    text = gzip.decompress(path.read_bytes()).decode().splitlines()
    added = text[len(HEADER) - 1]
    assert added.startswith("##INFO=<ID=EFFECT,Number=A,Type=String,Description=")
    assert "one value a task: alpha|Beta" in added
    single = text[len(HEADER) : len(HEADER) + 2]
    for line, task in zip(single, ("alpha", "Beta"), strict=True):
        assert line.startswith(f"##INFO=<ID=EFFECT_{task},Number=A,Type=Float,Description=")
        assert f"EFFECT of task {task}: " in line
    assert [line for line in text if line not in (added, *single)][: len(HEADER)] == list(HEADER)
    body = text[len(HEADER) + 3 :]
    assert len(body) == len(lines())
    for line, original, record in zip(body, lines(), [*RECORDS, (3, "A", "C", ".", ())], strict=True):
        position, ref, alt, info, scored = record
        if not scored:
            assert line == original
            continue
        before, after, now = original.split("\t"), line.split("\t"), line.split("\t")[7]
        assert before[:7] + before[8:] == after[:7] + after[8:]
        assert now.startswith("EFFECT=" if info == "." else f"{info};EFFECT=")
        values = now.split("EFFECT=")[1].split(";")[0].split(",")
        for task, name in enumerate(("EFFECT_alpha", "EFFECT_Beta")):
            own = now.split(f"{name}=")[1].split(";")[0].split(",")
            assert own == [value if value == "." else value.split("|")[task] for value in values]
        for number, (allele, value) in enumerate(zip(alt.split(","), values, strict=True)):
            if number not in scored:
                assert value == "."
                continue
            expected = effect(predict, position, ref, allele)
            np.testing.assert_allclose([float(each) for each in value.split("|")], expected, atol=2e-5)

    with pysam.VariantFile(str(path)) as file:
        found = list(file.fetch(CONTIG, 48, 62))
        assert [record.pos for record in found] == [50, 60, 60]
        assert [len(record.info["EFFECT"]) for record in found] == [3, 1, 1]
        assert found[0].info["EFFECT"][1] is None or found[0].info["EFFECT"][1] == "."

    viewed = bcftools.view("--no-version", str(path)).splitlines()
    assert viewed[-len(body) :] == body

    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert len(manifest["parts"]) == 4
    assert (manifest["records"], manifest["alleles"]) == (12, 6)
    summary = summarise(tmp_path)
    assert (summary["records"], summary["variants"], summary["skipped"]) == (12, 6, manifest["skipped"])
    best = next(each for each in summary["top"] if each["task"] == "Beta")
    value = effect(predict, best["position"], best["ref"], best["alt"])[1]
    np.testing.assert_allclose(best["effect"], value, atol=2e-4)
    assert manifest["skipped"] == {
        "* (deleted by another variant)": 1,
        "symbolic or a breakend": 1,
        "REF differs from the FASTA file": 1,
        "letters other than A, C, G, T": 2,
        "REF lies beyond the contig's ends": 1,
        "contig not in the FASTA file: decoy": 1,
    }
    out = capsys.readouterr().out
    assert "12 records, 13 alternative alleles" in out
    assert "skipped: 1 alleles: REF differs from the FASTA file" in out

    before = path.stat().st_mtime_ns
    scan(*MODEL, f"--fasta={fasta}", f"--vcf={vcf}", f"--output={tmp_path}", "--part_size=3")
    assert path.stat().st_mtime_ns == before


def test_a_second_run_adds_its_own_key(scan, fasta, vcf, tmp_path):
    scan(*MODEL, f"--fasta={fasta}", f"--vcf={vcf}", f"--output={tmp_path / 'one'}", "--tasks=alpha")
    first = tmp_path / "one" / "variants.vcf.gz"
    again = (*MODEL, f"--fasta={fasta}", f"--vcf={first}", f"--output={tmp_path / 'two'}", "--tasks=Beta")
    with pytest.raises(InputError, match=r"--info_key=EFFECT: .* has this key already"):
        scan(*again)
    scan(*again[:-2], f"--output={tmp_path / 'three'}", "--info_key=BOTH_STRANDS", "--reverse_complement")
    with pysam.VariantFile(str(tmp_path / "three" / "variants.vcf.gz")) as file:
        record = next(iter(file))
        assert float(record.info["EFFECT"][0]) != 0
        assert record.info["BOTH_STRANDS"][0].count("|") == 1


def test_bcf_and_shards_give_the_same(scan, fasta, vcf, tmp_path, capsys):
    bcf = tmp_path / "some.bcf"
    bcftools.view("-Ob", "-o", str(bcf), str(vcf), catch_stdout=False)
    scan(*MODEL, f"--fasta={fasta}", f"--vcf={vcf}", f"--output={tmp_path / 'one'}")
    common = (*MODEL, f"--fasta={fasta}", f"--vcf={bcf}", f"--output={tmp_path / 'two'}", "--part_size=2")
    for shard in (1, 0):
        scan(*common, f"--shard={shard}/2")
    scan("--merge", f"--output={tmp_path / 'two'}", "--profile")
    told = capsys.readouterr().out.split("profile: ")[1]
    assert [line.split(" s  ")[-1].strip() for line in told.splitlines()[1:]] == [
        "check parts before the merge",
        "annotate the VCF file",
        "wait for the table of alleles",
        "beside it, in threads:",
        "table of alleles",
    ]
    both = []
    for name in ("one", "two"):
        with pysam.VariantFile(str(tmp_path / name / "variants.vcf.gz")) as file:
            both.append([(record.pos, record.ref, record.alts, record.info.get("EFFECT")) for record in file])
    assert both[0] == both[1]


def _with(*records):
    return "".join(f"{line}\n" for line in (*HEADER[:-1], HEADER[-1].split("\tFORMAT")[0], *records))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_with("chr22:1-300\t5\t.\tA\tC\t.\t.\t."), f"calls it {CONTIG}: the prefix chr must agree"),
        (_with("other\t5\t.\tA\tC\t.\t.\t."), "no contig other in the FASTA file; it has"),
        (_with(f"{CONTIG}\t9\t.\tA\tC\t.\t.\t.", f"{CONTIG}\t5\t.\tA\tC\t.\t.\t."), "record 2: position 5 of"),
        (
            _with(f"{CONTIG}\t5\t.\tA\tC\t.\t.\t.", "decoy\t5\t.\tA\tC\t.\t.\t.", f"{CONTIG}\t9\t.\tA\tC\t.\t.\t."),
            "in two places",
        ),
        ("text\n", "the header must end with a #CHROM line"),
    ],
)
def test_files_that_cannot_be_annotated(scan, fasta, tmp_path, content, message):
    path = tmp_path / "bad.vcf"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        scan(*MODEL, f"--fasta={fasta}", f"--vcf={path}", f"--output={tmp_path / 'out'}")
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_flags_of_bases_are_refused(scan, fasta, vcf, tmp_path):
    for flag in ("--what=effects", "--summary_only", "--regions=x", "--window=centred"):
        with pytest.raises(InputError, match="is for scans of bases"):
            scan(*MODEL, f"--fasta={fasta}", f"--vcf={vcf}", f"--output={tmp_path}", flag)


def test_another_vcf_file_is_refused(scan, fasta, vcf, tmp_path, monkeypatch):
    path = tmp_path / "mine.vcf"
    path.write_text(vcf.read_text())
    common = (*MODEL, f"--fasta={fasta}", f"--vcf={path}", f"--output={tmp_path / 'out'}")
    scan(*common)
    path.write_text(vcf.read_text().replace("rs2\t", "rs3\t"))
    with pytest.raises(InputError, match="holds a scan with other settings: vcf"):
        scan(*common)
    for name in ("manifest.json", "variants.tsv"):
        (tmp_path / "out" / name).unlink()
    annotate = merge.write_annotated
    # The table is made beside, and has all the time it wants.
    monkeypatch.setattr(merge, "write_annotated", lambda *given: (time.sleep(0.3), annotate(*given))[1])
    with pytest.raises(InputError, match="is not the file any more that was scored"):
        scan("--merge", f"--output={tmp_path / 'out'}")
    assert not (tmp_path / "out" / "variants.tsv").exists()


def test_dry_run_tells_alleles(scan, fasta, vcf, tmp_path, capsys):
    scan(*MODEL, f"--fasta={fasta}", f"--vcf={vcf}", f"--output={tmp_path / 'out'}", "--dry_run")
    out = capsys.readouterr().out
    assert "12 records, 13 alternative alleles" in out
    assert "time: about" in out
    assert not (tmp_path / "out").exists()


def test_further_scores_have_keys_of_their_own(scan, fasta, vcf, tmp_path):
    import tiny_network

    predict = tiny_network.build()
    common = (*MODEL, f"--fasta={fasta}", f"--vcf={vcf}", "--part_size=3")
    scan(*common, f"--output={tmp_path / 'all'}", "--vcf_scores=probability, alternative,reference", "--info_key=X")
    scan(*common, f"--output={tmp_path / 'one'}")
    with pysam.VariantFile(str(tmp_path / "all" / "variants.vcf.gz")) as file:
        told = {key: file.header.info[key].description for key in ("X", "X_REF", "X_ALT", "X_P")}
        records = list(file)
    assert all(each.endswith("one value a task: alpha|Beta; model " + told["X"].split()[-1]) for each in told.values())
    assert told["X_REF"].startswith("Logit of the window with REF;")
    checked = 0
    for record, (position, ref, alt, _, scored) in zip(records[: len(RECORDS)], RECORDS, strict=True):
        info = record.info
        if not scored:
            assert not any(key in info for key in told)
        for number, allele in enumerate(alt.split(",") if scored else ()):
            if number not in scored:
                assert all(info[key][number] in (None, ".") for key in told)
                continue
            reference, alternative = logits_of(predict, position, ref, allele)
            probability = 1 / (1 + np.exp(-alternative)) - 1 / (1 + np.exp(-reference))
            expected = {"X": alternative - reference, "X_REF": reference, "X_ALT": alternative, "X_P": probability}
            for key, values in expected.items():
                found = [float(each) for each in info[key][number].split("|")]
                np.testing.assert_allclose(found, values, atol=2e-5, err_msg=f"{key} of {position} {ref} {allele}")
            checked += 1
    assert checked == 6
    plans = [json.loads((tmp_path / name / "plan.json").read_text()) for name in ("all", "one")]
    assert plans[0]["settings"]["vcf_scores"] == ["reference", "alternative", "probability"]
    # As before there were further scores, so that parts of that time go on.
    assert "vcf_scores" not in plans[1]["settings"]
    with pytest.raises(InputError, match="vcf_scores"):
        scan(*common, f"--output={tmp_path / 'one'}", "--vcf_scores=reference")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--vcf_scores=nope",),
            "--vcf_scores=nope: must be among reference, alternative, probability, log2_fold_change, jensen_shannon",
        ),
        (("--vcf_scores=effect",), "--vcf_scores=effect: must be among"),
        (("--vcf_scores=reference", "--info_key=A"), "--info_key=A_REF: .* has this key already"),
    ],
)
def test_scores_that_cannot_be_told_are_one_clear_error(scan, fasta, vcf, tmp_path, arguments, message):
    text = vcf.read_text().replace(
        "##INFO=<ID=AF,", "##INFO=<ID=A_REF,Number=1,Type=String,Description=>\n##INFO=<ID=AF,"
    )
    path = tmp_path / "more.vcf"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        scan(*MODEL, f"--fasta={fasta}", f"--vcf={path}", f"--output={tmp_path / 'out'}", *arguments)
    assert not list(tmp_path.glob("out/part*"))
