"""Writes bgzip: gzip in blocks of at most 64 kB, with their sizes in the headers, and an empty one at the end.

https://samtools.github.io/hts-specs/SAMv1.pdf , section 4.1. htslib's own writer took a third of the time of an
annotated VCF file; here a thread of its own compresses, by `genomics.io.deflate`.
"""

import collections
import concurrent.futures
import itertools
import struct
from collections.abc import Iterable, Iterator
from io import BufferedIOBase
from pathlib import Path

from genomics.io.compressed import BGZIP_END
from genomics.io.deflate import compress, crc32

#: Text of a block: as much as htslib takes, so that what does not get smaller fits too.
_BLOCK_BYTES = 0xFF00
#: Up to the size of the block; behind the stream follow CRC-32 and bytes of the text.
_HEADER = BGZIP_END[:16]
#: A zlib stream has two bytes before the deflate stream in it, and a checksum of four behind it.
_ZLIB_BEFORE, _ZLIB_BEHIND = 2, 4
#: Bytes that are compressed at a time, and how often so many may wait.
_GATHERED, _PENDING = 1 << 20, 4
_READ = 1 << 20

#: (CRC-32, bytes) of a file.
Sum = tuple[int, int]


def write_bgzip(file: BufferedIOBase, texts: Iterable[bytes]) -> Sum:
    """Writes texts one after the other.

    Args:
      file: to write to.
      texts: of any sizes.

    Returns:
      CRC-32 and size of what the file is to hold.

    Raises:
      OSError: the file cannot be written.
    """
    found = (0, 0)
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as executor:
        pending: collections.deque[concurrent.futures.Future[bytes]] = collections.deque()
        for text in itertools.chain(_gathered(texts), [b""]):
            pending.append(executor.submit(_blocks, text))
            while len(pending) > (_PENDING if text else 0):
                data = pending.popleft().result()
                file.write(data)
                found = (crc32(data, found[0]), found[1] + len(data))
    return found


def summed(path: Path) -> Sum:
    """CRC-32 and size of a file as it is on the disk.

    Raises:
      OSError: the file cannot be read.
    """
    found = (0, 0)
    with path.open("rb") as file:
        while data := file.read(_READ):
            found = (crc32(data, found[0]), found[1] + len(data))
    return found


def _gathered(texts: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of some megabytes; all but the last of whole blocks."""
    held, size = [], 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= _GATHERED:
            whole = b"".join(held)
            end = size - size % _BLOCK_BYTES
            yield whole[:end]
            held, size = [whole[end:]], size - end
    if size:
        yield b"".join(held)


def _blocks(text: bytes) -> bytes:
    """The blocks of a text; of an empty one that which ends a file."""
    if not text:
        return BGZIP_END
    return b"".join(_block(text[start : start + _BLOCK_BYTES]) for start in range(0, len(text), _BLOCK_BYTES))


def _block(text: bytes) -> bytes:
    stream = compress(text)[_ZLIB_BEFORE:-_ZLIB_BEHIND]
    size = len(_HEADER) + 2 + len(stream) + 8
    return b"".join([_HEADER, struct.pack("<H", size - 1), stream, struct.pack("<II", crc32(text), len(text))])
