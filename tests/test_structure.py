"""The house: imports point one way, and what must stay free of JAX does."""

import ast
import graphlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: What the modules of each package may import from the others.
MAY_IMPORT = {
    "sequence": set(),
    "io": {"sequence"},
    "data": {"sequence", "io"},
    "lenses": {"tracing"},
    "models": {"sequence", "io", "data", "lenses"},
    "plots": {"sequence", "io"},
    "configs": {"training", "models"},
    "training": {"sequence", "io", "data", "lenses", "models", "plots"},
    "tracing": set(),
    "attribution": {"sequence", "tracing"},
    "mutagenesis": {"sequence", "tracing", "lenses", "attribution"},
    "motifs": {"sequence", "tracing"},
    "evaluation": {"sequence", "io", "tracing"},
    "interpretation": {
        *("sequence", "io", "data", "models", "plots", "tracing", "attribution", "mutagenesis"),
        *("motifs", "evaluation", "lenses"),
    },
    "scan": {"sequence", "io", "lenses", "models", "tracing", "attribution", "mutagenesis"},
    "report": {
        *("sequence", "io", "data", "models", "plots", "training", "motifs", "evaluation", "interpretation", "scan"),
        "lenses",
    },
    "programs": {
        *("sequence", "io", "data", "lenses", "models", "training", "tracing", "attribution", "mutagenesis"),
        *("evaluation", "interpretation", "scan", "report", "configs"),
    },
    # Without flags: a test holds that.
    "api": {
        *("sequence", "io", "lenses", "models", "training", "tracing", "attribution", "mutagenesis", "plots"),
        *("interpretation", "scan", "programs"),
    },
}
#: Commands that are called by the name of the package that they are about: they only run a program.
COMMANDS = {"evaluation/experiments.py"}
#: Single files that any package may use; they use each other alone.
COMMON = {
    "errors",
    "extremes",
    "provenance",
    "command",
    "compilation_cache",
    "cores",
    "flag_help",
    "progress",
    "interrupts",
}
WITHOUT_JAX = ("sequence", "io", "plots", "data")


def imported(path):
    tree = ast.parse(path.read_text())
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(package):
    return sorted((ROOT / "genomics" / package).rglob("*.py"))


def test_every_package_has_its_place():
    packages = {path.parent.name for path in (ROOT / "genomics").glob("*/__init__.py")}
    assert packages == set(MAY_IMPORT)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        if str(path.relative_to(ROOT / "genomics")) not in COMMANDS
        for name in imported(path)
        if name.startswith("genomics.") and name.split(".")[1] not in MAY_IMPORT[package] | COMMON | {package}
        if name != "genomics.__version__"
    ]
    assert not wrong


def test_what_all_may_use_uses_no_package():
    wrong = [
        f"{name}.py imports {each}"
        for name in COMMON
        for each in imported(ROOT / "genomics" / f"{name}.py")
        if each.startswith("genomics.") and each.split(".")[1] not in COMMON | {"__version__"}
    ]
    assert not wrong


def test_no_module_leads_back_to_itself():
    """Late imports, inside functions, count: they would only hide the circle."""
    paths = [*ROOT.glob("*.py"), *ROOT.glob("genomics/**/*.py")]
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}
    leads = {}
    for module, path in files.items():
        names = (name if name in files else name.rpartition(".")[0] for name in imported(path))
        leads[module] = {name for name in names if name in files}
    assert leads["genomics.programs.interpret"] > {"genomics.command", "genomics.errors"}
    try:
        graphlib.TopologicalSorter(leads).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


@pytest.mark.parametrize("package", WITHOUT_JAX)
def test_files_and_figures_need_no_jax(package):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imported(path)
        if name.split(".")[0] in ("jax", "flax", "optax", "orbax")
    ]
    assert not wrong


def test_files_stay_small():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in [*ROOT.glob("*.py"), *ROOT.glob("genomics/**/*.py")]
        if (lines := len(path.read_text().splitlines())) > 300
    }
    assert not long


def test_a_predictor_is_called_predictor():
    """One thing has one name; `other` is a second one beside it."""
    wrong = [
        f"{path.relative_to(ROOT)}: {argument.arg}"
        for path in [*ROOT.glob("*.py"), *ROOT.glob("genomics/**/*.py"), *ROOT.glob("benchmarks/*.py")]
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for argument in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        if argument.annotation and ast.unparse(argument.annotation) in ("Predictor", "Predictor | None")
        if argument.arg not in ("predictor", "other")
    ]
    assert not wrong


def test_a_public_class_has_a_name_of_its_own():
    found = [
        node.name
        for path in ROOT.glob("genomics/**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert len(found) > 100
    assert not {name for name in found if found.count(name) > 1}


def test_what_tests_import_requires_no_flag():
    """A flag that a module requires as it is imported is missing from every program that runs in the same process."""
    names = {name for path in ROOT.glob("tests/**/*.py") for name in imported(path)}
    modules = [ROOT / f"{name.rsplit('.', 1)[0].replace('.', '/')}.py" for name in names]
    paths = {path for path in modules if path.is_file()}
    assert ROOT / "benchmarks" / "compare_scores.py" in paths
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in paths
        for statement in ast.parse(path.read_text()).body
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr)
        for node in ast.walk(statement)
        if isinstance(node, ast.keyword) and node.arg == "required"
    ]
    assert not wrong
