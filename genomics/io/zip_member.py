"""A member of a zip (https://docs.python.org/3/library/zipfile.html), unpacked no further than it declares.

zipfile's own `read` unpacks all of a member before it looks at the size that the archive declares for it: of an entry
that declares 1,000 bytes and holds gigabytes, gigabytes are in memory before its checksum is found wrong.
"""

import zipfile

_PIECE_BYTES = 1 << 20


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The bytes of a member; of one that holds more than it declares, at most a megabyte more is ever in memory.

    Args:
      archive: open.
      info: of the member. Whether the size that it declares is bearable is for the caller to check first.

    Raises:
      zipfile.BadZipFile: the member is damaged, or holds more than it declares.
      What else zipfile and its decompressors raise.
    """
    with archive.open(info) as member:
        return b"".join(iter(lambda: member.read(_PIECE_BYTES), b""))
