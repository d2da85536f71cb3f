"""`--window`, a flag that two programs share: absl allows each name one definition in a process."""

from absl import flags

WINDOW = flags.DEFINE_string(
    "window",
    "centred",
    "Of scans: centred, each base in the centre of its window; or tiled, many in the window of a tile. Of figures: "
    "FIRST-END, the positions that are drawn, from 0, END left out.",
)
