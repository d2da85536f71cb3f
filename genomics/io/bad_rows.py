"""`--bad_rows=error|skip`: what becomes of a row of a table that breaks a rule, one among many good ones."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from genomics.errors import InputError

Mode = Literal["error", "skip"]
BAD_ROWS = ("error", "skip")
_SHOWN = 5


@dataclass(kw_only=True)
class BadRows:
    """What was found so far; asked anew for each file.

    Attributes:
      mode: `error` refuses the file at the first bad row, `skip` passes over it.
      counts: rows passed over, by reason.
      first: what is wrong with the first five.
    """

    mode: Mode = "error"
    counts: Counter[str] = field(default_factory=Counter)
    first: list[str] = field(default_factory=list)

    def found(self, error: InputError, reason: str) -> None:
        """A bad row.

        Args:
          error: what is wrong with it; names file and line.
          reason: in words that such rows share.

        Raises:
          InputError: bad rows are errors.
        """
        if self.mode == "error":
            raise InputError(f"{error}; --bad_rows=skip passes over such rows") from error
        self.counts[reason] += 1
        if len(self.first) < _SHOWN:
            self.first.append(str(error))

    def lines(self) -> list[str]:
        """What to tell of them; nothing where there was none."""
        if not self.counts:
            return []
        total = self.counts.total()
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.counts.most_common())
        more = ["  ..."] if total > len(self.first) else []
        return [f"bad rows passed over: {total:,}: {reasons}", *(f"  {each}" for each in self.first), *more]
