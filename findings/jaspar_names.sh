#!/usr/bin/env bash
# The first CTCF of JASPAR is the fruit fly's
#
# One would expect `fetch_motifs_by_name("CTCF")` of a collection used mostly for human and mouse to give CTCF's
# profile first, and "CTCF" in another animal to have another name.
#
# Names are shared over taxa: first comes MA0531.2, of insects; three vertebrate profiles follow, of 15, 34 and 35
# positions. For "MAX" (looked up in any case) the first is again an insect's, for "SP1" it is not: the order is no
# rule to rely on.
#
# pyjaspar 4.0.0 (JASPAR 2026), Python 3.11. Seen:
#   CTCF: MA0531.2 insects, MA0139.2 vertebrates, MA1929.2 vertebrates, MA1930.2 vertebrates
#   MAX: MA2255.1 insects, MA1897.2 urochordates, MA0058.4 vertebrates
#   SP1: MA0079.5 vertebrates, MA2279.1 insects
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyjaspar==4.0.0
venv/bin/python - <<'PY'
import sys

import pyjaspar

database = pyjaspar.jaspardb(release="JASPAR2026")
print("Python", sys.version.split()[0])
first = {}
for name in ("CTCF", "MAX", "SP1"):
    motifs = database.fetch_motifs_by_name(name)
    print(f"{name}:", ", ".join(f"{motif.matrix_id} {motif.tax_group}" for motif in motifs))
    first[name] = motifs[0].tax_group
assert first == {"CTCF": "insects", "MAX": "insects", "SP1": "vertebrates"}
PY
