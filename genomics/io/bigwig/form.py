"""The records of a bigWig file, little-endian, as numpy sees them, and its two kinds of tree.

Kent et al. (2010, doi:10.1093/bioinformatics/btq351), supplementary tables 5 to 19.
"""

import itertools
import struct
from collections.abc import Mapping

import numpy as np
from jaxtyping import Int64, Shaped

MAGIC, VERSION = 0x888FFC26, 4
_CHROM_TREE_MAGIC, _R_TREE_MAGIC = 0x78CA8C91, 0x2468ACE0
#: Magic, version, levels, chromosome tree, data, index, 2 x field count, autoSql, summary, buffer size, extension.
HEADER = struct.Struct("<IHHQQQHHQQIQ")
#: Reduction, reserved, data, index.
ZOOM_HEADER = struct.Struct("<IIQQ")
#: Bases covered, least, largest, sum, sum of squares.
SUMMARY = struct.Struct("<Qdddd")
#: Contig, start, end, step, span, kind, reserved, items: before the values of a section.
SECTION = struct.Struct("<IIIIIBBH")
FIXED_STEP = 3
#: Values of a section, and bins of a block of a zoom level: what a reader unpacks to see one of them.
SECTION_VALUES, BLOCK_BINS = 1 << 13, 1 << 10

#: Values of `width` bases from `start` on, as kept between parts: sums are rounded when they are written.
BIN = np.dtype(
    [
        ("contig", "<u4"),
        ("start", "<u4"),
        ("end", "<u4"),
        ("count", "<u4"),
        ("least", "<f4"),
        ("largest", "<f4"),
        ("sum", "<f8"),
        ("squares", "<f8"),
    ]
)
#: The same in the file.
RECORD = np.dtype([(name, "<f4" if name in ("sum", "squares") else BIN[name].str) for name in BIN.names or ()])
#: A compressed piece of the file, a section or a block of bins, and what it covers.
BLOCK = np.dtype([("contig", "<u4"), ("start", "<u4"), ("end_contig", "<u4"), ("end", "<u4"), ("size", "<u4")])
#: Bytes of the largest of them, unpacked.
LARGEST_BLOCK = max(SECTION.size + 4 * SECTION_VALUES, RECORD.itemsize * BLOCK_BINS)

_LEAF = np.dtype(
    [("contig", "<u4"), ("start", "<u4"), ("end_contig", "<u4"), ("end", "<u4"), ("offset", "<u8"), ("size", "<u8")]
)
_INNER = np.dtype([(name, _LEAF[name].str) for name in ("contig", "start", "end_contig", "end", "offset")])
_NODE_ITEMS = 256
_NODE = struct.Struct("<BBH")
_R_TREE = struct.Struct("<IIQIIIIQII")
_CHROM_TREE = struct.Struct("<IIIIQQ")


def keys(contig: np.ndarray, place: np.ndarray) -> Int64[np.ndarray, " N"]:
    """Contigs and positions in one number each, in their order."""
    return (contig.astype(np.int64) << 32) | place.astype(np.int64)


def r_tree(blocks: Shaped[np.ndarray, " N"], offsets: Int64[np.ndarray, " N"], at: int) -> bytes:
    """The index of blocks, in any order.

    Args:
      blocks: `BLOCK`; at least one.
      offsets: of each in the file.
      at: where the index will lie in the file.
    """
    order = np.lexsort((blocks["start"], blocks["contig"]))
    leaves = np.zeros(len(blocks), _LEAF)
    for name in BLOCK.names or ():
        leaves[name] = blocks[name][order]
    leaves["offset"] = offsets[order]
    levels = [leaves]
    while len(levels[0]) > _NODE_ITEMS:
        levels.insert(0, _parents(levels[0]))
    place = at + _R_TREE.size
    for upper, lower in itertools.pairwise(levels):
        place += _nodes_size(upper)
        upper["offset"] = place + np.arange(len(upper)) * (_NODE.size + _NODE_ITEMS * lower.itemsize)
    first, last = leaves[0], _largest_end(leaves, np.zeros(1, np.int64))[0]
    end = int((leaves["offset"] + leaves["size"]).max())
    bounds = int(first["contig"]), int(first["start"]), int(last) >> 32, int(last) & 0xFFFFFFFF
    found = [_R_TREE.pack(_R_TREE_MAGIC, _NODE_ITEMS, len(leaves), *bounds, end, 1, 0)]
    for level in levels:
        for start in range(0, len(level), _NODE_ITEMS):
            node = level[start : start + _NODE_ITEMS]
            found += [_NODE.pack(level is leaves, 0, len(node)), node.tobytes()]
    return b"".join(found)


def _parents(items: np.ndarray) -> np.ndarray:
    starts = np.arange(0, len(items), _NODE_ITEMS)
    found = np.zeros(len(starts), _INNER)
    found["contig"], found["start"] = items["contig"][starts], items["start"][starts]
    ends = _largest_end(items, starts)
    found["end_contig"], found["end"] = ends >> 32, ends & 0xFFFFFFFF
    return found


def _largest_end(items: np.ndarray, starts: np.ndarray) -> Int64[np.ndarray, " N"]:
    return np.maximum.reduceat(keys(items["end_contig"], items["end"]), starts)


def _nodes_size(items: np.ndarray) -> int:
    return -(-len(items) // _NODE_ITEMS) * _NODE.size + items.nbytes


def chrom_tree(contigs: Mapping[str, int], at: int) -> bytes:
    """The tree from a contig's name to its number and length.

    Args:
      contigs: name -> bases; a contig's number is its place.
      at: where the tree will lie in the file.
    """
    names = [name.encode() for name in contigs]
    width = max(map(len, names))
    leaves = np.zeros(len(names), [("name", f"S{width}"), ("number", "<u4"), ("size", "<u4")])
    leaves["name"], leaves["number"], leaves["size"] = names, np.arange(len(names)), list(contigs.values())
    levels = [leaves]
    while len(levels[0]) > _NODE_ITEMS:
        starts = np.arange(0, len(levels[0]), _NODE_ITEMS)
        upper = np.zeros(len(starts), [("name", f"S{width}"), ("offset", "<u8")])
        upper["name"] = levels[0]["name"][starts]
        levels.insert(0, upper)
    node_size = _NODE.size + _NODE_ITEMS * leaves.itemsize  # inner and leaf items are equally long
    place = at + _CHROM_TREE.size
    for upper in levels[:-1]:
        place += -(-len(upper) // _NODE_ITEMS) * node_size
        upper["offset"] = place + np.arange(len(upper)) * node_size
    found = [_CHROM_TREE.pack(_CHROM_TREE_MAGIC, _NODE_ITEMS, width, 8, len(names), 0)]
    for level in levels:
        for start in range(0, len(level), _NODE_ITEMS):
            node = level[start : start + _NODE_ITEMS]
            found.append((_NODE.pack(level is leaves, 0, len(node)) + node.tobytes()).ljust(node_size, b"\0"))
    return b"".join(found)
