"""Shared fixtures. Array shapes are checked at run time here, and only here (jaxtyping with beartype)."""

import contextlib
import functools
import gc
import importlib.metadata
import inspect
import itertools
import os
import re
import struct
import threading
import types
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")


def _quick_to_compile() -> str:
    """Flags of XLA. Most of the suite's time is compilation of small programs that run once: optimising them does not
    pay, nor does handing them to threads. XLA ends the process at a flag that it does not know."""
    flags = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
    flags += " --xla_cpu_parallel_codegen_split_count=1"
    if importlib.metadata.version("jaxlib").startswith("0.10."):
        flags += " --xla_cpu_use_fusion_emitters=false"  # three times as fast to compile; gone in 0.12
    return flags


# `XLA_FLAGS= make test` compiles as the programs do.
os.environ.setdefault("XLA_FLAGS", _quick_to_compile())

# What any test of any process has compiled, another need not: a quarter of the time of a suite that ran here before.
# A folder of its own, so that the programs of the user keep theirs. `GENOMICS_CACHE=off make test`: without.
if "GENOMICS_CACHE" not in os.environ:
    with contextlib.suppress(RuntimeError):  # no home
        os.environ["GENOMICS_CACHE"] = str(Path.home() / ".cache" / "genomics-tests")

import jax  # noqa: E402, F401
import jaxtyping  # noqa: E402

from genomics.compilation_cache import use_compilation_cache  # noqa: E402

use_compilation_cache()


# `Float[Array, "L 4"]` makes a class anew wherever it is read. Here equal annotations are one class: that is quicker,
# and the check of a nested function is found by its annotations.
_Dtype = type(jaxtyping.Float)
_Dtype.__getitem__ = functools.cache(_Dtype.__getitem__)


#: Tests between two searches for what no longer can be reached.
_SEARCHED_AFTER = 400
_begun = itertools.count(1)


def pytest_collection_finish():
    """Python's own searches, of programs that JAX keeps by the million, take a sixth of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.disable()


def pytest_runtest_setup():
    if next(_begun) % _SEARCHED_AFTER == 0:
        gc.collect()


def _once_per_code(jaxtyped):
    """`jaxtyped` that reads the annotations of a nested function once, not whenever its outer function runs.

    What the import hook makes of a nested function costs half a millisecond each time, and reading a network makes
    thousands. Here the check is made for the first function of a code object, and finds the one to call by thread.
    """
    checks, called = {}, threading.local()

    def nested(function, typechecker):
        def call(*args, **kwargs):
            current, called.function = called.function, None
            return current(*args, **kwargs)

        call = types.FunctionType(call.__code__, function.__globals__, function.__name__, None, call.__closure__)
        call.__module__, call.__qualname__ = function.__module__, function.__qualname__
        call.__signature__ = inspect.signature(function)
        return function.__annotations__, jaxtyped(call, typechecker=typechecker)

    def decorate(function, typechecker):
        if not isinstance(function, types.FunctionType) or "<locals>" not in function.__qualname__:
            return jaxtyped(function, typechecker=typechecker)
        if function.__code__ not in checks:
            checks[function.__code__] = nested(function, typechecker)
        annotations, check = checks[function.__code__]
        if annotations != function.__annotations__:
            return jaxtyped(function, typechecker=typechecker)

        @functools.wraps(function)
        def checked(*args, **kwargs):
            called.function = function
            return check(*args, **kwargs)

        return checked

    return lambda *, typechecker: functools.partial(decorate, typechecker=typechecker)


jaxtyping.jaxtyped = _once_per_code(jaxtyping.jaxtyped)
jaxtyping.install_import_hook("genomics", "beartype.beartype")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# The same examples in every run, so that a change is judged by what it changes; HYPOTHESIS_PROFILE=search looks for
# new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real data and of networks as labs save them, named by GENOMICS_DATA; the product never needs it."""
    named = os.environ.get("GENOMICS_DATA")
    if not named:
        pytest.skip("GENOMICS_DATA names no folder of real data")
    if not Path(named).is_dir():
        pytest.skip(f"GENOMICS_DATA={named}: no such folder")
    return Path(named).resolve()


@pytest.fixture(scope="session")
def two_bit():
    """Contigs by name as the bytes of a 2bit file."""

    def written(contigs, order="<", version=0):
        """The bytes of a file, as the format describes them; lower case is masked, N are blocks."""
        head = struct.pack(f"{order}IIII", 0x1A412743, version, len(contigs), 0)
        place = len(head) + sum(5 + len(name) for name in contigs)
        index, records = b"", b""
        for name, letters in contigs.items():
            index += struct.pack(f"{order}B{len(name)}sI", len(name), name.encode(), place + len(records))
            blocks = []
            for pattern in ("N+", "[a-z]+"):
                found = [match.span() for match in re.finditer(pattern, letters)]
                blocks += [len(found), *(start for start, _ in found), *(end - start for start, end in found)]
            codes = ["TCAG".index(each) if each in "TCAG" else 0 for each in letters.upper()]
            codes += [0] * (-len(codes) % 4)
            fours = zip(*(codes[i::4] for i in range(4)), strict=True)
            packed = bytes(64 * a + 16 * b + 4 * c + d for a, b, c, d in fours)
            records += struct.pack(f"{order}I{len(blocks)}II", len(letters), *blocks, 0) + packed
        return head + index + records

    return written
