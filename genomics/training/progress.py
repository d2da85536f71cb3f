"""What a run shows while it trains: a bar on a terminal, a line now and then elsewhere."""

import sys
from typing import Any

from tqdm import tqdm

from genomics.progress import Estimate, duration

# Fits into 80 columns with the numbers at its end.
_BAR = "{n_fmt}/{total_fmt} |{bar}| {desc}"


class Progress:
    """Counts epochs."""

    def __init__(self, *, first: int, total: int):
        self._total = total
        self._estimate = Estimate(total, first)
        self._bar = tqdm(total=total, initial=first, bar_format=_BAR, desc="compiling") if sys.stderr.isatty() else None

    def epoch(self, number: int, train: dict[str, Any], valid: dict[str, Any]) -> None:
        """Reports the means of both splits after an epoch."""
        left = self._estimate.advance(1)
        if self._bar is not None:
            wait = "" if left is None else f", {duration(left)} left"
            self._bar.set_description_str(
                f"loss {train['loss']:.3f} valid {valid['loss']:.3f} accuracy {valid['accuracy']:.3f}{wait}",
                refresh=False,
            )
            self._bar.update()
        elif number in (1, self._total) or number % max(1, self._total // 10) == 0:
            print(
                f"epoch {number}/{self._total} loss {train['loss']:.4f} accuracy {train['accuracy']:.4f}"
                f" | valid loss {valid['loss']:.4f} accuracy {valid['accuracy']:.4f}",
                flush=True,
            )

    def close(self) -> None:
        """Leaves the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
