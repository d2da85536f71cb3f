"""The job files of docs/cluster: the SLURM file runs as bash runs it, the others are read."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def folder(repository):
    return repository / "docs" / "cluster"


def _slurm(folder, output, *arguments, **variables):
    """The commands that the file would run."""
    environment = {
        **os.environ,
        "SCAN": "echo",
        "OUTPUT": str(output),
        "WORKDIR": "run",
        "FASTA": "a b.fa",
        **variables,
    }
    command = ["bash", str(folder / "slurm.sh"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split("\n")[0]


def test_an_array_of_slurm(folder, tmp_path):
    array = {"SLURM_ARRAY_TASK_COUNT": "64"}
    found = _slurm(folder, tmp_path, SLURM_ARRAY_TASK_ID="3", **array)
    assert found == f"--workdir=run --fasta=a b.fa --output={tmp_path} --shard=3/64"
    found = _slurm(folder, tmp_path, SLURM_ARRAY_TASK_ID="64", SLURM_ARRAY_TASK_MIN="1", **array)
    assert found.endswith("--shard=63/64")
    assert _slurm(folder, tmp_path, "merge") == f"--merge --output={tmp_path}"


@pytest.mark.slow
def test_shards_of_slurm_and_their_merge(folder, repository, tmp_path):
    """With the program itself, on a genome of two parts."""
    (tmp_path / "genome.fa").write_text(">c\n" + "ACGTTGCA" * 25 + "\n")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(repository), str(repository / "tests" / "programs")]),
        "SCAN": f"{sys.executable} {repository / 'scan.py'}",
        "OUTPUT": str(tmp_path / "out"),
        "FASTA": str(tmp_path / "genome.fa"),
        "SLURM_ARRAY_TASK_COUNT": "2",
    }
    text = (folder / "slurm.sh").read_text()
    script = tmp_path / "slurm.sh"
    script.write_text(text.replace('--workdir="$WORKDIR"', "--model=tiny_network:build --length=24 --part_size=100"))
    for number in "01":
        own = environment | {"SLURM_ARRAY_TASK_ID": number}
        subprocess.run(["bash", script], env=own, check=True, capture_output=True)
    subprocess.run(["bash", script, "merge"], env=environment, check=True, capture_output=True)
    assert len(list((tmp_path / "out").glob("*.bw"))) == 4
    assert not list((tmp_path / "out").glob("tracks-*"))


def test_the_other_files_give_flags_that_the_program_has(folder):
    from absl import flags

    from genomics.programs import scan_flags  # noqa: F401  defines the flags

    known = {"workdir", "output", "engine", "ray_address", *flags.FLAGS}
    for path in sorted(folder.iterdir()):
        for command in re.findall(
            r"(?:scan\.py|genomics-scan|params\.scan\})((?: +--[a-z_]+[^ \n]*)+)", path.read_text()
        ):
            assert set(re.findall(r"--([a-z_]+)", command)) <= known, path


def test_yaml_is_read(folder):
    yaml = pytest.importorskip("yaml")
    shards, merge = yaml.safe_load_all((folder / "kubernetes.yaml").read_text())
    container = shards["spec"]["template"]["spec"]["containers"][0]
    assert container["args"][0].endswith(f"--shard=$JOB_COMPLETION_INDEX/{shards['spec']['completions']}")
    assert shards["spec"]["completionMode"] == "Indexed"
    assert "--merge" in merge["spec"]["template"]["spec"]["containers"][0]["args"][0]
    assert yaml.safe_load((folder / "ray.yaml").read_text())["provider"]["type"] == "local"


def test_ray_takes_its_file(folder):
    """By the schema that `ray up` checks it with."""
    ray, jsonschema, yaml = (pytest.importorskip(name) for name in ("ray", "jsonschema", "yaml"))
    schema = json.loads((pathlib.Path(ray.__file__).parent / "autoscaler" / "ray-schema.json").read_text())
    found = yaml.safe_load((folder / "ray.yaml").read_text())
    jsonschema.validate(found, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "workers": 3}, schema)


def test_nextflow_runs_its_stub(folder, tmp_path):
    if not (nextflow := shutil.which("nextflow")):
        pytest.skip("nextflow is not there")
    command = [nextflow, "run", str(folder / "scan.nf"), "-stub", "--shards=2"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
