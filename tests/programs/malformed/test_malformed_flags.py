"""Values of flags, of every program."""

import pytest

INTERPRET = {
    "an unknown flag": ("--metods=ism", "Unknown command line flag 'metods'. Did you mean"),
    "a word": ("saliency", "'saliency': arguments are given as --flag=value"),
    "an unknown method": ("--methods=magic", "magic"),
    "no method": ("--methods=", "--methods"),
    "a number that is none": ("--num_sequences=many", "flag --num_sequences=many: "),
    "a negative number": ("--num_sequences=-1", "flag --num_sequences=-1: "),
    "a fraction": ("--num_sequences=1.5", "flag --num_sequences=1.5: "),
    "beyond all numbers": ("--steps=1e400", "flag --steps=1e400: "),
    "zero": ("--batch_size=0", "flag --batch_size=0: "),
    "an unknown choice": ("--rule=magic", "flag --rule=magic: value should be one of <genomics_default|rescale|"),
    "an unknown split": ("--split=all", "flag --split=all: value should be one of <train|valid|test>"),
    "an unknown task": ("--tasks=gamma", "--tasks=gamma: must be one of alpha, beta or an index below 2"),
    "a task twice": ("--tasks=alpha,0", "--tasks=alpha,0: names alpha twice"),
    "no task": ("--tasks=", "--tasks="),
    "a task beyond": ("--tasks=2", "--tasks=2: must be one of alpha, beta or an index below 2"),
    "a negative task": ("--tasks=-1", "--tasks=-1: must be one of alpha, beta"),
    "names for fewer tasks": ("--task_names=a", "--task_names=a: 1 names, but .* has 2 tasks"),
    "equal names": ("--task_names=a,A", "--task_names=a,A: must all differ"),
    "an empty name": ("--task_names=a,", "--task_names=a,: "),
    "two sources": ("--data=x.h5", "--data=x.h5 and --sequences=.*: give one of them"),
    "two networks": ("--workdir=x", "exactly one of --workdir=DIR and --model"),
    "an unknown layer": ("--layer=magic", "--layer=magic: must be one of "),
    "pairs": ("--pairs=top:x", "top:x"),
    "a length that is too long": ("--length=99", "predict fails at one sequence .99, 4."),
    "length 0": ("--length=0", "flag --length=0: "),
    "patterns of nothing": ("--modisco_results=absent.h5", "--modisco_results=absent.h5: must be a file that `modisco"),
    "alleles of no scan": ("--report_alleles=3", "--report_alleles=3: is for a --scan of variants"),
    "labels that are unknown": ("--select=positive", "--select=positive: .*: has no labels for these tasks"),
}


@pytest.mark.parametrize("name", INTERPRET)
def test_interpret(name, good, interpret_refused):
    flag, message = INTERPRET[name]
    interpret_refused(message, f"--sequences={good / 'few.fa'}", flag)


MODELS = {
    "--model=magic": "--model=magic: must be FILE.h5, ",
    "--model=magic:build": "--model=magic:build: cannot import magic: ModuleNotFoundError",
    "--model=linear_network:magic": "--model=linear_network:magic: magic does not exist in",
    "--model=linear_network:LENGTH": "--model=linear_network:LENGTH: LENGTH is not a function",
    "--model=:": "--model=:: must be FILE.h5, ",
    "--model=absent.keras": "absent.keras: no such file",
    "--model=absent.pt2": "absent.pt2: no such file",
    "--model=absent.meme": "absent.meme: .*[Nn]o such file",
    "--workdir=absent": "absent/config.json: absent; is this the --workdir of a training run",
    "--model=": "exactly one of --workdir=DIR and --model=... must say which network",
}


@pytest.mark.parametrize("flag", MODELS)
def test_model(flag, good, refused, finished):
    length = ("--length=24",) if ":" in flag or "magic" in flag else ()
    common = (f"--sequences={good / 'few.fa'}", f"--output={finished / 'scores'}")
    refused(MODELS[flag], "interpret", flag, *length, *common, keeps=finished)


SCAN = {
    "stride 0": (("--window=tiled", "--stride=0"), "flag --stride=0: "),
    "stride beyond the length": (("--window=tiled", "--stride=25"), "--stride=25: must be at most L = 24"),
    "stride alone": (("--stride=3",), "--stride: is for --window=tiled"),
    "a shard beyond": (("--shard=3/3",), "--shard=3/3: must be i/N with 0 <= i < N"),
    "a shard of none": (("--shard=0/0",), "--shard=0/0: must be i/N"),
    "a shard that is no number": (("--shard=a/b",), "--shard=a/b: must be i/N"),
    "a negative shard": (("--shard=-1/3",), "--shard=-1/3: must be i/N"),
    "a shard of 5,000 digits": (("--shard=0/" + "9" * 5000,), "--shard=0/9{20,}: must be i/N"),
    "parts of nothing": (("--part_size=0",), "flag --part_size=0: "),
    "a type": (("--dtype=float64",), "flag --dtype=float64: value should be one of"),
    "a key that is none": (("--vcf={vcf}", "--info_key=1A"), "--info_key=1A: must be letters, digits, _"),
    "a key with control characters": (("--vcf={vcf}", "--info_key=A\x1b"), r"--info_key=A\\x1b: must be letters"),
    "a key without records": (("--info_key=A",), "--info_key: is for --vcf"),
    "regions of records": (("--vcf={vcf}", "--regions=chr1"), "--regions: is for scans of bases"),
    "a seed": (("--seed=3",), "--seed: nothing in a scan is random"),
    "other parts": (("--part_size=100",), "holds a scan with other settings: part_size .then 200, now 100"),
    "a file name that is too long": (("--fasta=" + "x" * 300,), "x{300}: File name too long|x{300}: no such file"),
}


@pytest.mark.parametrize("name", SCAN)
def test_scan(name, finished, scan_refused):
    flags, message = SCAN[name]
    scan_refused(
        message, f"--fasta={finished / 'genome.fa'}", *(flag.format(vcf=finished / "some.vcf") for flag in flags)
    )


TRAIN = {
    "no configuration": ((), "--config=FILE and --workdir=DIR must both be given"),
    "a configuration that is absent": (("--config=absent.py",), "--config=absent.py: no such file|absent.py"),
    "an unknown field": (("--config={lab}", "--config.modell=x"), "modell"),
    "a text for a number": (("--config={lab}", "--config.epochs=many"), "epochs"),
    "no epochs": (("--config={lab}", "--config.epochs=0"), "config.epochs=0: must be at least 1"),
    "negative replicates": (("--config={lab}", "--config.replicates=-1"), "config.replicates=-1: must be at least 1"),
    "no batch": (("--config={lab}", "--config.batch_size=0"), "config.batch_size=0: must be at least 1"),
    "a learning rate of nan": (
        ("--config={lab}", "--config.learning_rate=nan"),
        "config.learning_rate=nan: must be above",
    ),
    "a negative seed": (("--config={lab}", "--config.seed=-1"), "config.seed=-1: must be at least 0"),
    "three names for two tasks": (("--config={lab}", "--config.data.tasks=a,b,c"), "the given task names .* are 3 but"),
    "other names": (("--config={lab}", "--config.data.tasks=a,b"), r"its tasks are .* but \('a', 'b'\) were given"),
    "pools of nothing": (("--config={lab}", "--config.model.pools=(0,8)"), r"model.pools=\(0, 8\): must be at least 1"),
    "negative filters": (
        ("--config={lab}", "--config.model.filters=(4,-3)"),
        "model.filters=.4, -3.: must be at least 1",
    ),
    "no units": (("--config={lab}", "--config.model.hidden=0"), "model.hidden=0: must be at least 1"),
    "a seed beyond 64 bits": (("--config={lab}", "--config.seed=9223372036854775808"), "seed=.*: must be at most"),
    "an unknown pool": (("--config={lab}", "--config.model.pooling=min", "--config.seed=0"), "pooling"),
}


@pytest.mark.parametrize("name", TRAIN)
def test_train(name, good, trained, refused, tmp_path):
    flags, message = TRAIN[name]
    # A network of other sizes is refused by the run that is there, before it is made.
    folder = tmp_path / "new" if "config.model" in str(flags) else trained
    refused(
        message, "train", f"--workdir={folder}", *(flag.format(lab=good / "lab.py") for flag in flags), keeps=trained
    )
