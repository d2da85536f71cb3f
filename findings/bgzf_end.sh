#!/usr/bin/env bash
# A VCF without bgzip's end block is refused by one class of pysam and read by the others
#
# One would expect the classes of one library to agree on a bgzip file that lacks the empty block which marks its end:
# all refuse it, or all read it with a warning. Such files come from copies that broke off and from tools that join
# blocks.
#
# VariantFile refuses it; BGZFile, TabixFile and gzip read it, of them only htslib's with a line on stderr; and
# `tabix_index` indexes it. Whether a cut file is noticed depends on the class that happens to open it.
#
# pysam 0.24.1, Python 3.11. Seen:
#   gzip 20 records
#   BGZFile 20 records
#   TabixFile 20 records
#   VariantFile OSError: no BGZF EOF marker; file may be truncated
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pysam==0.24.1
venv/bin/python - <<'PY'
import gzip
import sys

import pysam

with open("x.vcf", "w") as file:
    file.write("##fileformat=VCFv4.2\n##contig=<ID=c>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
    file.writelines(f"c\t{place}\t.\tA\tC\t.\t.\t.\n" for place in range(1, 21))
pysam.tabix_index("x.vcf", preset="vcf", force=True)
with open("x.vcf.gz", "rb") as file:
    data = file.read()
with open("x.vcf.gz", "wb") as file:
    file.write(data[:-28])
pysam.tabix_index("x.vcf.gz", preset="vcf", force=True)
readers = {
    "gzip": lambda: gzip.open("x.vcf.gz").read().count(b"\nc"),
    "BGZFile": lambda: pysam.BGZFile("x.vcf.gz").read().count(b"\nc"),
    "TabixFile": lambda: len(list(pysam.TabixFile("x.vcf.gz").fetch("c"))),
    "VariantFile": lambda: len(list(pysam.VariantFile("x.vcf.gz"))),
}
print("Python", sys.version.split()[0])
found = []
for name, read in readers.items():
    try:
        found.append(read())
        print(name, found[-1], "records")
    except OSError as error:
        found.append("error")
        print(name, f"OSError: {error}")
assert found == [20, 20, 20, "error"]
PY
