"""Shared fixtures. Array shapes are checked at run time here, and only here (jaxtyping with beartype)."""

import os
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Most of the suite's time is compilation of small programs that run once: optimising them does not pay.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

from jaxtyping import install_import_hook

install_import_hook("genomics", "beartype.beartype")

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
def shared(repository: Path) -> Path:
    """Folder of real data that may lie beside the checkout; the product never needs it."""
    folder = repository.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the optional real data are not beside this checkout")
    return folder
