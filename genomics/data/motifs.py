"""The motifs that come with the package."""

import functools
from contextlib import AbstractContextManager
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from genomics.io.meme import read_meme
from genomics.sequence.motif import Motif

#: Of JASPAR's taxonomic groups the one that all motifs here belong to. Names are shared with others: the first CTCF of
#: all of JASPAR 2026 is the fruit fly's.
TAXON = "vertebrates"


@functools.cache
def packaged_motifs() -> MappingProxyType[str, Motif]:
    """The 15 JASPAR profiles of the simulated tasks by identifier, in the order of the file.

    Their source and licence stand in `jaspar/ATTRIBUTION.md` beside the file. Names are not unique: CTCF and MAFK come
    in an old version, which the simulator plants, and in the current one.
    """
    with resources.as_file(resources.files("genomics.data") / "jaspar" / "motifs.meme") as path:
        return MappingProxyType({motif.identifier: motif for motif in read_meme(path)})


def database_path() -> AbstractContextManager[Path]:
    """The file of JASPAR 2026 CORE of vertebrates, for programs that read it themselves; it stays where it is."""
    return resources.as_file(resources.files("genomics.data") / "jaspar" / "jaspar2026_core_vertebrates.meme")


@functools.cache
def motif_database() -> tuple[Motif, ...]:
    """What motifs are matched against: JASPAR 2026 CORE of vertebrates, and the packaged versions that it replaced.

    The older versions are what the simulator plants: a match to one of them says more than to its successor, which was
    trimmed.
    """
    with database_path() as path:
        current = read_meme(path)
    known = {motif.identifier for motif in current}
    older = [motif for identifier, motif in packaged_motifs().items() if identifier not in known]
    return (*current, *older)
