"""JSON that is not trusted (https://www.rfc-editor.org/rfc/rfc8259): the work is bounded before it is begun.

A few megabytes of brackets would become gigabytes of objects, or nest deeper than the parser can.
"""

import json
import os
from pathlib import Path
from typing import Any

from genomics.errors import InputError

#: Bytes of the largest text that is read: the plan of a scan of a million intervals has a tenth.
MOST_BYTES = 512 << 20
#: Arrays, objects and their entries.
_MOST_ENTRIES = 1 << 25


def read_json(path: Path, *, most_bytes: int = MOST_BYTES, most_entries: int = _MOST_ENTRIES) -> Any:
    """What a file holds.

    Raises:
      InputError: it cannot be read, is too large, or is not JSON.
    """
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise InputError(f"{path}: has {size:,} bytes; at most {most_bytes:,} are read")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {os.strerror(error.errno or 0)}") from error
    return parse_json(data, str(path), most_bytes=most_bytes, most_entries=most_entries)


def parse_json(
    data: str | bytes, place: str, *, most_bytes: int = MOST_BYTES, most_entries: int = _MOST_ENTRIES
) -> Any:
    """What a text holds.

    Args:
      data: the text; bytes are UTF-8.
      place: of it, for messages.
      most_bytes: of the text.
      most_entries: of all arrays and objects together.

    Raises:
      InputError: it is too large, or is not JSON.
    """
    if len(data) > most_bytes:
        raise InputError(f"{place}: has {len(data):,} bytes; at most {most_bytes:,} are read")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as error:  # the message would show all bytes
        raise InputError(f"{place}: is not JSON: byte {error.start} is not UTF-8") from None
    entries = sum(map(text.count, "[{,"))
    if entries > most_entries:
        raise InputError(f"{place}: has about {entries:,} entries; at most {most_entries:,} are read")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of absurd length are a ValueError
        raise InputError(f"{place}: is not JSON: {error}") from error
