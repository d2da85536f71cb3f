"""What an engine needs to know of a scan, whatever is scanned."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from genomics.io.shard import Shard
from genomics.scan.stages import Stages

#: Parts as they are done, each with its number.
Parts = Generator[tuple[int, Shard], None, None]


@dataclass(frozen=True, kw_only=True)
class OpenPart:
    """A part while it is computed.

    Attributes:
      number: in the plan.
      units: of the job's unit, in this part; what the progress counts.
      num_chunks: device calls.
      inputs: number of a chunk -> what the device gets: arrays of the same shapes for all chunks of a job.
      put: takes (number of a chunk, its outputs by name); every chunk once, in any order.
      finish: the part, once all chunks were put.
    """

    number: int
    units: int
    num_chunks: int
    inputs: Callable[[int], Any]
    put: Callable[[int, Mapping[str, np.ndarray]], None]
    finish: Callable[[], Shard]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A scan as a function of parts.

    Attributes:
      score: (parameters, inputs of one chunk) -> outputs by name; a JAX function.
      parameters: its first argument.
      open_part: number -> the part, its input read from the disk.
      num_parts: in the plan.
      digest: number -> CRC-32 of the part's input, as in the attribute `input_crc32` of its file.
      units: of all parts; an upper bound where N are not counted yet.
      unit: what is counted: variants or positions.
      chunk: positions, windows or alleles of a device call.
      tracks: a finished part -> the pieces of its bigWig tracks; None where there are none.
      stages: where the seconds of the scan are counted.
    """

    score: Callable[[Any, Any], Mapping[str, Any]]
    parameters: Any
    open_part: Callable[[int], OpenPart]
    num_parts: int
    digest: Callable[[int], int]
    units: int
    unit: str
    chunk: int
    tracks: Callable[[Shard], Shard] | None = None
    stages: Stages = field(default_factory=Stages)

    def with_tracks(self, shard: Shard) -> Shard:
        """The part with the pieces of its tracks, made where its results are."""
        if self.tracks is None or shard.tracks is not None:
            return shard
        with self.stages.of("summarise"):
            return replace(shard, tracks=self.tracks(shard))
