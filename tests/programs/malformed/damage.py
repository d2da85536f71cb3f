"""Damage that the tests of several formats do."""

import json
from collections.abc import Callable


def field(*path: str | int, value: object) -> Callable[[bytes], bytes]:
    """Puts a value at a place of a JSON file's contents."""

    def change(data: bytes) -> bytes:
        values = json.loads(data)
        place = values
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        return json.dumps(values).encode()

    return change
