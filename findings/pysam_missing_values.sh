#!/usr/bin/env bash
# What pysam writes for a missing value in INFO depends on the type, and may be nothing
#
# One would expect None among the values of an INFO key to be written as ".", which VCF has for it, and numbers to
# keep the precision of a float.
#
# In a Float key None is "."; in a String key it is an empty text ("S=x,"), and alone it drops the "=" too, so that
# the key becomes a flag, and reads back as an empty tuple. Numbers have six digits (123456.789 is 123457) and 1e-50,
# below float32, is 0.
#
# pysam 0.24.1, Python 3.11. Seen:
#   S=x,;F=.,nan
#   S;F=0
#   S=,y;F=123457,0.1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pysam==0.24.1
venv/bin/python - <<'PY'
import sys

import pysam

header = pysam.VariantHeader()
header.add_line("##contig=<ID=c,length=100>")
header.add_line('##INFO=<ID=S,Number=A,Type=String,Description="text">')
header.add_line('##INFO=<ID=F,Number=A,Type=Float,Description="number">')
values = [(("x", None), (None, float("nan"))), ((None,), (1e-50,)), ((None, "y"), (123456.789, 0.1))]
with pysam.VariantFile("x.vcf", "w", header=header) as file:
    for place, (texts, numbers) in enumerate(values):
        record = file.new_record(contig="c", start=place, alleles=("A", "C", "G")[: 1 + len(texts)])
        record.info["S"], record.info["F"] = texts, numbers
        file.write(record)
with open("x.vcf") as file:
    written = [line.rstrip().split("\t")[7] for line in file if not line.startswith("#")]
with pysam.VariantFile("x.vcf") as file:
    back = [record.info["S"] for record in file]
print("Python", sys.version.split()[0])
print(*written, sep="\n")
assert written == ["S=x,;F=.,nan", "S;F=0", "S=,y;F=123457,0.1"] and back[1] == ()
PY
