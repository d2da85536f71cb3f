"""Parts go to the disk while the devices compute the next ones."""

import concurrent.futures
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from genomics.io.bigwig.pieces import discard_pieces, write_pieces
from genomics.io.shard import Shard, part_path, write_shard
from genomics.scan.finite import counted
from genomics.scan.stages import Stages

#: Parts that may wait for the disk; one more is being computed.
_PENDING = 2


@contextlib.contextmanager
def background_writer(
    folder: Path, compression: str | None, with_tracks: Callable[[Shard], Shard], stages: Stages
) -> Iterator[Callable[[int, Shard], None]]:
    """Yields a function that takes (number, part) and returns at once, unless two parts wait already.

    At the end of the block all parts are on the disk. The first error of a write is raised by the next call, or at the
    end; parts that were not begun by then are given up.

    Args:
      folder: of the parts.
      compression: see `write_shard`.
      with_tracks: makes the pieces of a part's tracks where it has none yet.
      stages: where the seconds are counted.
    """
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as executor:
        pending: list[concurrent.futures.Future[None]] = []

        def submit(number: int, shard: Shard) -> None:
            with stages.of("wait_write"):
                while len(pending) >= _PENDING or (pending and pending[0].done()):
                    pending.pop(0).result()
            pending.append(executor.submit(_write, folder, number, with_tracks, shard, compression, stages))

        try:
            yield submit
            with stages.of("wait_write"):
                while pending:
                    pending.pop(0).result()
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _write(
    folder: Path,
    number: int,
    with_tracks: Callable[[Shard], Shard],
    shard: Shard,
    compression: str | None,
    stages: Stages,
) -> None:
    discard_pieces(folder, number)  # of a part that is computed again
    shard = with_tracks(shard)
    with stages.of("summarise"):
        shard = counted(shard)
    with stages.of("write"):
        write_shard(part_path(folder, number), shard, compression=compression)
        if shard.tracks is not None:
            write_pieces(folder, shard, shard.tracks)
