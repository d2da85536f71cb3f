"""What changes when a user's own code changes."""

import ast
import hashlib
import importlib.util
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def code_fingerprint(module: ModuleType) -> str:
    """sha256 over the source of a module and of the modules that it imports, without what is installed.

    Followed are imports, wherever they stand, of modules that are loaded: those of the module's own package, and those
    that lie neither in Python nor among installed libraries (JAX, and this project, have versions of their own).

    Args:
      module: imported.
    """
    found: dict[str, bytes] = {}
    waiting = [module]
    while waiting:
        each = waiting.pop()
        file = getattr(each, "__file__", None)
        if each.__name__ in found or file is None or not (each is module or _own(each, module)):
            continue
        found[each.__name__] = Path(file).read_bytes()
        if file.endswith(".py"):
            waiting += [sys.modules[name] for name in _imported(each, found[each.__name__]) if name in sys.modules]
    digest = hashlib.sha256()
    for content in [found.pop(module.__name__), *(found[name] for name in sorted(found))]:
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def _own(module: ModuleType, first: ModuleType) -> bool:
    """Whether a module belongs to the first one's package, or is installed nowhere."""
    package = module.__name__.partition(".")[0]
    if package == first.__name__.partition(".")[0]:
        return True
    installed = [*site.getsitepackages(), site.getusersitepackages(), sysconfig.get_paths()["stdlib"]]
    path = Path(str(module.__file__)).resolve()
    return package != "genomics" and not any(path.is_relative_to(Path(folder).resolve()) for folder in installed)


def _imported(module: ModuleType, source: bytes) -> Iterator[str]:
    """Names that a module's import statements may mean, in full."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(name, module.__package__) if node.level else name
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
