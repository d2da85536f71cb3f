"""Messages of the programs in the words of Python."""

import contextlib
import re
from collections.abc import Iterator

from genomics.errors import InputError


@contextlib.contextmanager
def in_python() -> Iterator[None]:
    """Within the block errors that name flags name arguments: `--length` is `length`."""
    try:
        yield
    except InputError as error:
        text = str(error)
        told = re.sub(r"--(?:model|workdir)=(?=\S)", "", text)
        told = re.sub(r"(?<![\w-])--(\w+)", r"\1", told)
        if told == text:
            raise
        raise type(error)(told) from error
