"""zlib streams (https://www.rfc-editor.org/rfc/rfc1950) and checksums, by the fastest library that is there.

Intel's ISA-L, whose wheels are installed where there are any, takes a quarter of the time of the standard library's
fastest level and gives smaller streams: `python -m benchmarks.bigwig` measures both, and others that are there.
"""

import zlib
from collections.abc import Callable

Bytes = bytes | bytearray | memoryview

#: Of ISA-L, 0 to 3; of zlib, 0 to 9.
_ISAL_LEVEL, _ZLIB_LEVEL = 3, 1


def _chosen() -> tuple[str, Callable[[Bytes], bytes], Callable[..., int]]:
    try:
        from isal import isal_zlib  # pyright: ignore[reportMissingImports]
    except ImportError:
        return "zlib", lambda data: zlib.compress(data, _ZLIB_LEVEL), zlib.crc32
    return "isal", lambda data: isal_zlib.compress(data, _ISAL_LEVEL), isal_zlib.crc32


#: The library's name; bytes -> a zlib stream of them; (bytes, checksum of those before) -> CRC-32.
LIBRARY, compress, crc32 = _chosen()
