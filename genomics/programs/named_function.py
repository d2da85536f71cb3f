"""`MODULE:FUNCTION` on the command line: a user's own function, imported."""

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from genomics.errors import InputError


def named_function(flag: str, spec: str, expected: str = "MODULE:FUNCTION") -> Callable[..., Any]:
    """Imports a module and looks up one of its functions.

    Args:
      flag: that names it, for messages.
      spec: `MODULE:FUNCTION`; the current folder is searched first.
      expected: what the flag may be, for messages.

    Raises:
      InputError: the module cannot be imported or has no such function; one line that names `spec` and the rule.
    """
    module_name, _, function_name = spec.partition(":")
    if not module_name or not function_name:
        raise InputError(f"--{flag}={spec}: must be {expected}")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # whatever the user's module raises
        raise InputError(f"--{flag}={spec}: cannot import {module_name}: {reason(error)}") from error
    function = getattr(module, function_name, None)
    if not callable(function):
        found = "is not a function" if hasattr(module, function_name) else "does not exist"
        raise InputError(f"--{flag}={spec}: {function_name} {found} in {module.__file__}")
    return function


def reason(error: BaseException) -> str:
    """The error of somebody else's code in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
