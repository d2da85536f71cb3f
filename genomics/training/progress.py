"""What a run shows while it trains: a bar on a terminal, a line now and then elsewhere."""

import sys
from typing import Any

from tqdm import tqdm


class Progress:
    """Counts epochs."""

    def __init__(self, *, first: int, total: int):
        self._total = total
        self._bar = tqdm(total=total, initial=first, unit="epoch", leave=True) if sys.stderr.isatty() else None

    def epoch(self, number: int, train: dict[str, Any], valid: dict[str, Any]) -> None:
        """Reports the means of both splits after an epoch."""
        text = (
            f"loss {train['loss']:.4f} accuracy {train['accuracy']:.4f}"
            f" | valid loss {valid['loss']:.4f} accuracy {valid['accuracy']:.4f}"
        )
        if self._bar is not None:
            self._bar.set_postfix_str(text)
            self._bar.update()
        elif number in (1, self._total) or number % max(1, self._total // 10) == 0:
            print(f"epoch {number}/{self._total} {text}", flush=True)

    def close(self) -> None:
        """Leaves the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
