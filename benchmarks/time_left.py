"""What the one bar of `--methods=all` tells of the time left, beside the time that it took.

python -m benchmarks.time_left --workdir=runs/lab5 --num_sequences=100
"""

import sys
import tempfile
import time

from absl import app, flags, logging

from genomics import progress
from genomics.programs import interpret, method_flags, model_flags  # noqa: F401  (their flags)

_SKIPPED = 0.2


def main(argv: list[str]) -> None:
    del argv
    logging.set_verbosity(logging.ERROR)
    told: list[tuple[float, float | None]] = []
    compiling, begun, first = [0.0], [0.0], [0.0]
    own = progress.Several

    class Watched(own):
        def compiling(self, name: str) -> None:
            begun[0] = time.monotonic()
            first[0] = first[0] or begun[0]
            super().compiling(name)

        def compiled(self, name: str) -> None:
            compiling[0] += time.monotonic() - begun[0]
            super().compiled(name)

        def advance(self, name: str, count: int) -> None:
            super().advance(name, count)
            told.append((time.monotonic() - compiling[0], self.estimates.seconds()))

    progress.Several = Watched
    with tempfile.TemporaryDirectory() as folder:
        flags.FLAGS.output = folder
        interpret.main(["interpret"])
    start, end = first[0], told[-1][0]
    total = end - start
    ratios = [
        left / (end - now)
        for now, left in told
        if left is not None and now - start >= _SKIPPED * total and end - now > 0.02 * total
    ]
    found = f"{min(ratios):.2f} to {max(ratios):.2f}" if ratios else "nothing"
    print(f"{total:.1f} s without {compiling[0]:.1f} s of compilation")
    print(f"after {_SKIPPED:.0%} of it, time told to be left over the time it took: {found} ({len(ratios)} times)")


if __name__ == "__main__":
    flags.FLAGS.set_default("methods", ["all"])
    flags.FLAGS.set_default("num_figures", 0)
    app.run(main, argv=sys.argv)
