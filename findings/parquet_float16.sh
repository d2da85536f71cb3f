#!/usr/bin/env bash
# float16 columns of Parquet can be written and read, but not filtered, summed or sorted
#
# One would expect a column that pyarrow writes as float16 (`halffloat`, in Parquet since its format 2.10) to be of
# use in `read_table(filters=...)`, `sum` and `sort_by`: half of the size for scores whose precision is that of
# float16.
#
# Every one of them ends in ArrowNotImplementedError; only a cast of the whole column to float32 helps.
#
# pyarrow 26.0.1, numpy 2.4.6, Python 3.11. Seen:
#   type: halffloat
#   filters: ArrowNotImplementedError
#   sum: ArrowNotImplementedError
#   sort_by: ArrowNotImplementedError
#   cast to float32, then sum: 0.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1 numpy==2.4.6
venv/bin/python - <<'PY'
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

pq.write_table(pa.table({"effect": np.array([0.5, -2.0, 1.5], np.float16)}), "x.parquet")
table = pq.read_table("x.parquet")
print("Python", sys.version.split()[0])
print("type:", table.schema.field("effect").type)
uses = {
    "filters": lambda: pq.read_table("x.parquet", filters=[("effect", ">", 1)]),
    "sum": lambda: pc.sum(table["effect"]),
    "sort_by": lambda: table.sort_by("effect"),
}
for name, use in uses.items():
    try:
        use()
        raise SystemExit(f"{name} works now")
    except pa.ArrowNotImplementedError:
        print(f"{name}: ArrowNotImplementedError")
print("cast to float32, then sum:", pc.sum(table["effect"].cast(pa.float32())))
PY
