"""How figures of sequences look."""

from dataclasses import dataclass

from genomics.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Style:
    """How figures look.

    Attributes:
      window: first position and end of what is drawn; None = all.
      observed: whether logos show scores of observed bases alone; None: where the reference is dense, and the scores of
        a position are shared out among bases that are not in the sequence.
      format: of the files, one of `genomics.io.figure.FORMATS`.
    """

    window: tuple[int, int] | None = None
    observed: bool | None = None
    format: str = "png"

    def check(self, length: int) -> None:
        """Raises `InputError` where the window is not within sequences of this length."""
        if self.window is not None and not 0 <= self.window[0] < self.window[1] <= length:
            first, end = self.window
            raise InputError(f"--window={first}-{end}: must lie within 0-{length}, the first below the end")


#: Without any wish.
PLAIN = Style()
