#!/usr/bin/env bash
# Within pysam a region string means a whole contig to one class and an error to the next
#
# One would expect the classes of one library to read region strings alike, and `fetch(contig)` with the exact name of
# a contig to be that contig: names hold colons in GRCh38's HLA contigs ("HLA-A*01:01:01:01") and in slices of
# genomes.
#
# With contigs `a` and `a:1-5` in the files, `region="a:1-5"` is bases 1 to 5 of `a` for VariantFile and FastaFile,
# and an error for TabixFile, as is its `fetch("a:1-5")`, which is no region at all (with start and end it works). For
# `region="HLA-A*01:01"` TabixFile gives the contig, the other two end in IndexError; and braces, which htslib offers
# against this, are taken by TabixFile alone.
#
# pysam 0.24.1, Python 3.11. Seen (records, records, bases; E = an error):
#   region='a:1-5' TabixFile E VariantFile 5 FastaFile 5
#   region='{a}:1-5' TabixFile 5 VariantFile E FastaFile E
#   region='HLA-A*01:01' TabixFile 20 VariantFile E FastaFile E
#   fetch('a:1-5') TabixFile E VariantFile 20 FastaFile 20
#   fetch('a:1-5', 0, 4) TabixFile 4 VariantFile 4 FastaFile 4
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pysam==0.24.1
venv/bin/python - <<'PY'
import sys

import pysam

names = ("a", "a:1-5", "HLA-A*01:01")
with open("x.vcf", "w") as file:
    file.write("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
    file.writelines(f"{name}\t{place}\t.\tA\tC\t.\t.\t.\n" for name in names for place in range(1, 21))
pysam.tabix_index("x.vcf", preset="vcf", force=True)
with open("x.fa", "w") as file:
    file.writelines(f">{name}\n{'ACGT' * 5}\n" for name in names)
pysam.set_verbosity(0)
files = [pysam.TabixFile("x.vcf.gz"), pysam.VariantFile("x.vcf.gz"), pysam.FastaFile("x.fa")]


def found(file, arguments, region):
    try:
        return len(list(file.fetch(*arguments, region=region)))
    except (ValueError, IndexError, KeyError):
        return "E"


asked = [((), "a:1-5"), ((), "{a}:1-5"), ((), "HLA-A*01:01"), (("a:1-5",), None), (("a:1-5", 0, 4), None)]
print("Python", sys.version.split()[0])
every = []
for arguments, region in asked:
    every.append([found(file, arguments, region) for file in files])
    text = f"region={region!r}" if region else f"fetch{arguments}".replace(",)", ")")
    print(text, *(f"{type(file).__name__} {count}" for file, count in zip(files, every[-1])))
assert every == [["E", 5, 5], [5, "E", "E"], [20, "E", "E"], ["E", 20, 20], [4, 4, 4]]
PY
