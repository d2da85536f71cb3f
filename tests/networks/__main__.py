"""Prints what each method makes of each network, or writes `docs/networks.md`: `python -m tests.networks [--write]`."""

import argparse
import os
import sys

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax

from tests.networks.checks.outcome import Outcome
from tests.networks.matrix import CHECKS
from tests.networks.page import PAGE, parse, render
from tests.networks.record import NETWORKS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default="", help="only these, separated by commas; others as the page has them")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} instead of printing it")
    options = parser.parse_args()
    chosen = [name.strip() for name in options.networks.split(",") if name.strip()]
    if unknown := set(chosen) - set(NETWORKS):
        parser.error(f"--networks: no {', '.join(sorted(unknown))}; there are {', '.join(NETWORKS)}")
    known = parse(PAGE.read_text()) if chosen and PAGE.exists() else {}
    outcomes = {}
    for name in NETWORKS:
        if chosen and name not in chosen:
            if name in known:
                outcomes[name] = known[name]
            continue
        print(name, file=sys.stderr, flush=True)
        outcomes[name] = {}
        for check, columns in CHECKS.items():
            try:
                outcomes[name].update(check(NETWORKS[name], True))
            except Exception as error:  # a cell that is wrong is told as such, and fails its test
                wrong = Outcome(mark="!", reason=f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
                outcomes[name].update(dict.fromkeys(columns, wrong))
            jax.clear_caches()
    page = render(outcomes)
    if options.write:
        PAGE.write_text(page)
    else:
        print(page, end="")


if __name__ == "__main__":
    main()
