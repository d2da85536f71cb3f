"""A user's own method: docs/own_method.md as it stands there, its settings, restarts, and what goes wrong."""

import json
import os
import re
import shlex
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

from genomics.command import _parse
from genomics.errors import InputError
from genomics.interpretation import filling
from genomics.programs import method_flags
from genomics.sequence.bases import one_hot

MODEL = ("--model=tiny_network:build", "--length=24")
IMPORTS = """
from typing import Literal
import jax
import jax.numpy as jnp
from genomics.attribution.record import Attribution

def unchecked(**fields):  # as where nothing checks shapes at run time
    answer = object.__new__(Attribution)
    for name in ("scores", "residual", "hypothetical", "layer_scores"):
        object.__setattr__(answer, name, fields.get(name))
    return answer

"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """(source) -> it is the module `mine` from now on."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield lambda source, name="mine": (
        sys.modules.pop(name, None),
        (tmp_path / f"{name}.py").write_text(IMPORTS + source),
    )
    for name in ("mine", "helper", "my_methods"):
        sys.modules.pop(name, None)
    method_flags.define_own(["interpret.py"])


@pytest.fixture
def page(repository):
    return (repository / "docs" / "own_method.md").read_text()


def test_the_page_s_example_runs(interpret, module, page, data, everything, tmp_path, repository, monkeypatch, capsys):
    (source,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    module(source, "my_methods")
    commands = [shlex.split(line) for line in page.splitlines() if line.startswith("python interpret.py")]
    assert len(commands) == 3
    for _, _, *arguments in commands:
        output = tmp_path / next((each[9:] for each in arguments if each.startswith("--output=")), "first")
        own = [each for each in arguments if not each.startswith(("--workdir", "--output"))]
        few = (
            f"--data={data}",
            f"--output={output}",
            "--num_sequences=3",
            "--num_figures=1",
            "--task_names=x,beta",
            "--tasks=1",
        )
        interpret(*MODEL, *few, *own)
    out = capsys.readouterr().out
    found, wide = (everything(tmp_path / name / "scores.h5") for name in ("first", "wide"))

    monkeypatch.syspath_prepend(str(repository / "tests" / "programs"))
    import tiny_network

    sequences = jnp.asarray(one_hot(found["sequences"]))
    plain = jax.jit(jax.vmap(jax.jacrev(tiny_network.build())))(sequences)
    # The tiny network is piecewise linear: noise that is small seldom crosses one of its kinks.
    name = "smooth_contribution"
    assert found[f"{name}/scores"].shape == (3, 1, 24, 4)
    correlation = np.corrcoef(found[f"{name}/scores"].ravel(), np.ravel((sequences[:, None] - 0.25) * plain[:, 1:]))[
        0, 1
    ]
    assert 0.9 < correlation < 1 - 1e-6
    assert np.abs(wide[f"{name}/scores"] - found[f"{name}/scores"]).max() > 0.01
    stored = {key.partition("@")[2]: value for key, value in found.items() if key.startswith(f"{name}@")}
    assert stored["definition"].startswith("(x - r) * mean gradient over copies of x")
    assert stored["citation"].startswith("Smilkov et al. 2017, doi:10.48550/arXiv.1706.03825")
    assert (stored["reference"], stored["seed"], stored["sigma"], stored["samples"]) == ("uniform", 0, 0.1, 20)
    assert (stored["source"], stored["rule"]) == ("my_methods:smooth_contribution", "none")
    assert re.fullmatch("[0-9a-f]{16}", stored["code"])
    assert wide[f"{name}@sigma"] == 0.3

    assert {path.name for path in (tmp_path / "first" / "figures" / name).iterdir()} == {"0_beta.png"}
    assert f'"{name}"' in (tmp_path / "first" / "report.html").read_text()
    evaluation = json.loads((tmp_path / "first" / "evaluation.json").read_text())
    assert evaluation["methods"] == ["deeplift", name]
    assert {each["method"] for each in evaluation["ground_truth"]} == {"deeplift", name}
    assert out.count(f"{name}: 3/3 sequences") == 2  # not in the run that evaluates


@pytest.fixture
def keras(repository, tmp_path):
    """Flags of a network whose parameters can be redrawn, and two sequences for it."""
    path = tmp_path / "two.fa"
    path.write_text(">a\n" + "ACGT" * 50 + "\n>b\n" + "AACC" * 50 + "\n")
    model = repository / "tests" / "fixtures" / "keras" / "lab_keras3.h5"
    return (f"--model={model}", f"--sequences={path}", "--tasks=0", "--num_figures=0")


@pytest.mark.slow
def test_it_is_randomised_where_its_code_is_at_hand(interpret, module, keras, tmp_path):
    module("def mine(predict):\n  return lambda x: Attribution(scores=jax.jacrev(predict)(x))\n")

    def evaluated(*arguments):
        interpret(*keras, f"--output={tmp_path / 'out'}", *arguments, "--evaluate", "--evaluate_draws=1")
        record = json.loads((tmp_path / "out" / "evaluation.json").read_text())
        assert "mine" in {each["method"] for each in record["faithfulness"]}
        return record["notes"], {each["method"] for each in record["randomization"].get("methods", ())}

    interpret(*keras, f"--output={tmp_path / 'out'}", "--methods=mine:mine")
    told, randomised = evaluated("--methods=saliency")
    assert randomised == {"saliency"}
    assert "mine is not randomised: name mine:mine in --methods again" in told
    assert evaluated("--methods=mine:mine")[1] == {"saliency", "mine"}


def test_settings_are_of_the_types_that_the_method_says(interpret, module, fasta, everything, tmp_path):
    module(
        "def mine(predict, *, scale: float, power=1, form: Literal['plain', 'centred'] = 'plain',\n"
        "         name: str | None = None, twice: bool = False):\n"
        "  def explain(x):\n"
        "    scores = scale * jax.jacrev(predict)(x) ** power * (2 if twice else 1)\n"
        "    return Attribution(scores=scores - scores.mean(-1, keepdims=True) if form == 'centred' else scores)\n"
        "  return explain\n"
    )
    common = (*MODEL, f"--sequences={fasta}", "--num_sequences=2", "--num_figures=0", "--methods=mine:mine,saliency")
    interpret(*common, f"--output={tmp_path / 'a'}", "--mine.scale=3")
    own = ("--mine.scale=-1.5", "--mine.power", "2", "--mine.form=centred", "--mine.name=x", "--mine.twice")
    interpret(*common, f"--output={tmp_path / 'b'}", *own)
    a, b = (everything(tmp_path / name / "scores.h5") for name in "ab")
    np.testing.assert_allclose(a["mine/scores"], 3 * a["saliency/scores"], rtol=1e-5)
    expected = -3 * a["saliency/scores"] ** 2
    np.testing.assert_allclose(b["mine/scores"], expected - expected.mean(-1, keepdims=True), atol=1e-4)
    assert "mine@name" not in a
    assert "mine@seed" not in a
    assert a["mine@reference"] == "none"
    assert [b[f"mine@{key}"] for key in ("scale", "power", "form", "name", "twice")] == [-1.5, 2, "centred", "x", True]
    for arguments, message in (
        ((), "--mine.scale must be given: it has no default"),
        (("--mine.scale=nan",), "--mine.scale=nan: must be a finite number"),
    ):
        with pytest.raises(InputError, match=message):
            interpret(*common, f"--output={tmp_path / 'c'}", *arguments)
    for arguments in (("--mine.scale=x",), ("--mine.form=oval",), ("--mine.scal=1",)):
        with pytest.raises(flags.Error):
            interpret(*common, f"--output={tmp_path / 'c'}", *arguments)
    interpret(*common[:-1], "--methods=saliency", f"--output={tmp_path / 'c'}")
    assert "mine.scale" not in flags.FLAGS


def test_what_belongs_to_the_sequence_is_its_own(interpret, module, fasta, everything, tmp_path):
    module(
        "def mine(predict, reference, key, seed):\n"
        "  def explain(x):\n"
        "    tasks = predict(x).shape[0]\n"
        "    drawn = jax.random.uniform(key) + seed\n"
        "    return Attribution(scores=jnp.broadcast_to(reference.sum(0), (tasks, *x.shape)),\n"
        "                       residual=jnp.full(tasks, drawn))\n"
        "  return explain\n"
    )
    common = (*MODEL, f"--sequences={fasta}", "--num_sequences=2", "--num_figures=0", "--methods=mine:mine")
    interpret(*common, f"--output={tmp_path / 'a'}", "--reference=dinucleotide:5", "--seed=3", "--batch_size=2")
    interpret(*common, f"--output={tmp_path / 'b'}", "--reference=dinucleotide:5", "--seed=3", "--batch_size=1")
    interpret(*common, f"--output={tmp_path / 'c'}", "--seed=4")
    a, b, c = (everything(tmp_path / name / "scores.h5") for name in "abc")
    for name in ("scores", "residual"):
        np.testing.assert_allclose(a[f"mine/{name}"], b[f"mine/{name}"], atol=1e-6)
    assert (a["mine/scores"].sum(-1) == 5).all()  # five shuffles, a base each
    counts = np.stack([(a["sequences"] == base).sum(1) for base in range(4)], 1)
    np.testing.assert_array_equal(a["mine/scores"][:, 0].sum(1), 5 * counts)  # of these very bases
    assert len(set(a["mine/residual"][:, 0])) == 2
    assert not c["mine/scores"].any()  # zeros by default
    assert (np.floor(a["mine/residual"]) == 3).all()
    assert (a["mine@seed"], c["mine@seed"]) == (3, 4)


HELPED = "from helper import gradient\ndef mine(predict, *, scale=1.0):\n  return gradient(predict, scale)\n"
HELPER = (
    "FACTOR = {}\ndef gradient(predict, scale):\n"
    "  return lambda x: Attribution(scores=FACTOR * scale * jax.jacrev(predict)(x))\n"
)


def test_a_stopped_run_goes_on_and_other_code_is_refused(interpret, module, fasta, everything, tmp_path, monkeypatch):
    def code(factor=1.0, own=HELPED):
        module(HELPER.format(factor), "helper")
        module(own)

    code()
    common = (*MODEL, f"--sequences={fasta}", "--num_sequences=6", "--num_figures=0", "--batch_size=2")
    common += ("--methods=mine:mine", "--mine.scale=2")
    interpret(*common, f"--output={tmp_path / 'whole'}")
    write, saved = filling.write_part, []

    def dying(folder, start, arrays):
        if len(saved) == 2:
            raise KeyboardInterrupt
        saved.append(start)
        return write(folder, start, arrays)

    monkeypatch.setattr(filling, "_PART_BYTES", 1)
    monkeypatch.setattr(filling, "write_part", dying)
    with pytest.raises(KeyboardInterrupt):
        interpret(*common, f"--output={tmp_path / 'out'}")
    monkeypatch.setattr(filling, "write_part", lambda *args: saved.append(args[1]) or write(*args))
    for changed in ({"factor": 1.5}, {"own": HELPED + "\n# other\n"}):
        code(**changed)
        with pytest.raises(InputError, match=r"holds an unfinished run with code \(then '\w{16}', now '\w{16}'\);"):
            interpret(*common, f"--output={tmp_path / 'out'}")
    code()
    with pytest.raises(InputError, match=r"unfinished run with scale \(then 2.0, now 3.0\)"):
        interpret(*common, f"--output={tmp_path / 'out'}", "--mine.scale=3")
    interpret(*common, f"--output={tmp_path / 'out'}")
    assert saved == [0, 2, 4]
    whole, out = (everything(tmp_path / name / "scores.h5") for name in ("whole", "out"))
    np.testing.assert_array_equal(whole["mine/scores"], out["mine/scores"])
    code(factor=1.5)
    with pytest.raises(InputError, match="holds mine under other settings: code"):
        interpret(*common, f"--output={tmp_path / 'out'}")


GOOD = "  return lambda x: Attribution(scores=jax.jacrev(predict)(x))\n"


@pytest.mark.parametrize(
    ("source", "spec", "message"),
    [
        ("", "mine:absent", r"--methods=mine:absent: absent does not exist in .*mine\.py"),
        ("", "mine:", "--methods=mine:: must be MODULE:FUNCTION"),
        ("mine = 3", "mine:mine", "mine is not a function in "),
        ("1 / 0", "mine:mine", "--methods=mine:mine: cannot import mine: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "mine:mine", "--methods=mine:mine: cannot import mine: SystemExit: 3"),
        ("", "absent_module:mine", "cannot import absent_module: ModuleNotFoundError: No module named 'absent_module'"),
        (f"def ism(predict):\n{GOOD}", "mine:ism", "--methods=mine:ism: ism must be another name"),
        (f"def logits(predict):\n{GOOD}", "mine:logits", "logits must be another name"),
        (f"def evaluation(predict):\n{GOOD}", "mine:evaluation", "evaluation must be another name"),
        (f"def filters(predict):\n{GOOD}", "mine:filters", "filters must be another name"),
        ("def mine():\n  pass", "mine:mine", "mine:mine: mine must take predict, as its first argument"),
        ("def mine(*, predict):\n  pass", "mine:mine", "mine must take predict, as its first argument"),
        (f"def mine(predict, *, sizes=(1, 2)):\n{GOOD}", "mine:mine", "the setting sizes must have a default, or an"),
        (f"def mine(predict, *, size):\n{GOOD}", "mine:mine", "the setting size must have a default, or an annotation"),
        (f"def mine(predict, *, size: int = 'a'):\n{GOOD}", "mine:mine", "size is 'a' by default; must be of type int"),
        (f"def mine(predict, *, f: Literal['a'] = 'b'):\n{GOOD}", "mine:mine", "f is 'b' by default; must be one of a"),
        (f"def mine(predict, *, version='a'):\n{GOOD}", "mine:mine", "the setting version must have another name"),
        ("def mine(predict):\n  raise ValueError('two\\nlines')", "mine:mine", "mine:mine: fails: ValueError: two"),
        (
            "def mine(predict):\n  return 3",
            "mine:mine",
            "returns a int; must return explain, a function of one",
        ),
        (
            "def mine(predict):\n  return lambda x: x",
            "mine:mine",
            r"returns float32\[24, 4\]; must return an Attri",
        ),
        (
            "def mine(predict):\n  return lambda x: unchecked(scores=x)",
            "mine:mine",
            r"returns scores float32\[24, 4\]; must be floating-point numbers \[2, 24, 4\]",
        ),
        (
            "def mine(predict):\n  return lambda x: unchecked(scores=jax.jacrev(predict)(x), residual=x[0])",
            "mine:mine",
            r"returns residual float32\[4\]; must be floating-point numbers \[2\]",
        ),
        (
            "def mine(predict):\n  return lambda x: unchecked(scores=jax.jacrev(predict)(x), hypothetical=x)",
            "mine:mine",
            r"returns hypothetical float32\[24, 4\]; must be floating-point numbers \[2, 24, 4\]",
        ),
        (
            "def mine(predict):\n  return lambda x: unchecked(scores=jax.jacrev(predict)(x) > 0)",
            "mine:mine",
            r"returns scores bool\[2, 24, 4\]; must be floating-point numbers \[2, 24, 4\]",
        ),
        (
            "def mine(predict):\n  return lambda x: Attribution(scores=jax.jacrev(predict)(x) if x[0, 0] > 0 else 0)",
            "mine:mine",
            "mine:mine: explain fails: TracerBoolConversionError: Attempted boolean conversion of traced array",
        ),
        (
            "from genomics.attribution.deeplift import deeplift\n"
            "def mine(predict):\n  return deeplift(predict, reference=jnp.zeros((3, 4)), rule='rescale')",
            "mine:mine",
            r"--methods=mine:mine: reference of shape \(3, 4\): must be",
        ),
    ],
)
def test_what_the_method_gets_wrong_is_one_clear_error(interpret, module, fasta, tmp_path, source, spec, message):
    module(source + "\n")
    with pytest.raises(InputError, match=message) as caught:
        interpret(*MODEL, f"--sequences={fasta}", f"--output={tmp_path / 'out'}", f"--methods=saliency,{spec}")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_two_methods_of_one_name_are_refused(interpret, module, fasta, tmp_path):
    module(f"def mine(predict):\n{GOOD}")
    module(f"def mine(predict):\n{GOOD}", "helper")
    with pytest.raises(InputError, match="--methods=mine:mine,helper:mine: two methods are named mine"):
        interpret(*MODEL, f"--sequences={fasta}", f"--output={tmp_path}", "--methods=mine:mine,helper:mine")


def test_hypothetical_scores_are_handed_on_where_they_are_given(interpret, module, fasta, tmp_path, capsys):
    given = "  return lambda x: Attribution(scores=x * jax.jacrev(predict)(x), hypothetical=jax.jacrev(predict)(x))\n"
    common = (*MODEL, f"--sequences={fasta}", "--num_sequences=2", "--num_figures=0", "--modisco")
    module(f"def mine(predict):\n{given}def none(predict):\n{GOOD}")
    interpret(*common, f"--output={tmp_path / 'a'}", "--methods=mine:mine")
    assert len(list((tmp_path / "a" / "modisco").glob("mine_*.npz"))) == 2
    with pytest.raises(InputError, match=r"--modisco: .*scores\.h5 has no hypothetical scores of none"):
        interpret(*common, f"--output={tmp_path / 'b'}", "--methods=mine:none")


@pytest.mark.slow
def test_its_flags_are_in_the_help(repository, tmp_path):
    documentation = '  """D.\n\n  Args:\n    sigma: how much\n      noise.\n  """\n'
    (tmp_path / "mine.py").write_text(f"{IMPORTS}def mine(predict, *, sigma=0.1):\n{documentation}{GOOD}")
    command = [sys.executable, repository / "interpret.py", "--methods", "saliency,mine:mine", "--helpfull"]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0
    assert re.search(r"--mine\.sigma=NUMBER\n\s+Of mine: how much noise\. Default: 0\.1\.", told.stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--methods=mine:mine", "--mine.sigma=much"), "interpret.py: error: flag --mine.sigma=much: "),
        (("--methods=mine:absent",), "interpret.py: error: --methods=mine:absent: absent does not exist in "),
        (("--output", "x", "--methods=mine:absent"), "interpret.py: error: --methods=mine:absent: absent does not "),
        (("--mine.sigma=1",), "interpret.py: error: Unknown command line flag 'mine.sigma'"),
    ],
)
def test_its_faults_on_the_command_line_are_one_line(module, capsys, arguments, message):
    module(f"def mine(predict, *, sigma=0.1):\n{GOOD}")
    with flagsaver.flagsaver(), pytest.raises(SystemExit) as caught:
        _parse(["interpret.py", *arguments], method_flags.define_own)
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(message)
    assert told.count("\n") == 1
