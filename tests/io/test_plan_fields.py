import copy

import pytest

from genomics.errors import InputError
from genomics.io.plan_fields import check_plan, digest_of

CONTIGS = {"a": 30, "b": 4}
ROWS = [["a", 0, 30], ["b", 1, 4]]
BASES = {
    "settings": {"part_size": 7, "vcf": None, "genome": digest_of(list(CONTIGS.items())), "regions": digest_of(ROWS)},
    "contigs": CONTIGS,
    "intervals": ROWS,
    "provenance": {},
}
VARIANTS = {
    "settings": {**BASES["settings"], "vcf": "abc", "regions": None},
    "contigs": CONTIGS,
    "provenance": {},
    "vcf": "x.vcf",
    "records": 3,
}


@pytest.mark.parametrize("plan", [BASES, VARIANTS])
def test_whole_plans(tmp_path, plan):
    check_plan(tmp_path, plan)


@pytest.mark.parametrize(
    ("plan", "path", "value", "message"),
    [
        (BASES, ("settings", "part_size"), 0, "settings.part_size is 0; must be a whole number from 1"),
        (BASES, ("settings", "part_size"), True, "settings.part_size is True"),
        (BASES, ("settings", "vcf"), 3, "settings.vcf is 3; must be null or a digest"),
        (BASES, ("contigs",), [["a", 30]], "contigs is [['a', 30]]; must be an object of lengths"),
        (BASES, ("contigs", "a"), 31, "contigs are not those of the digest settings.genome"),
        (BASES, ("contigs", "a"), "30", "must be an object of lengths"),
        (BASES, ("intervals",), None, "intervals is None; must be a list of contig, start, end"),
        (BASES, ("intervals", 1), ["b", 1], "must be a list of contig, start, end"),
        (BASES, ("intervals", 1, 1), 4, "must be a list of contig, start, end"),
        (BASES, ("intervals", 1, 1), 2, "intervals are not those of the digest settings.regions"),
        (BASES, ("provenance",), 1, "provenance is 1; must be an object"),
        (VARIANTS, ("records",), -3, "records is -3; must be a whole number from 0"),
        (VARIANTS, ("vcf",), None, "vcf is None; must be a path"),
    ],
)
def test_damaged_fields_are_named(tmp_path, plan, path, value, message):
    damaged = copy.deepcopy(plan)
    place = damaged
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(InputError) as caught:
        check_plan(tmp_path / "plan.json", damaged)
    assert str(caught.value).startswith(f"{tmp_path / 'plan.json'}: is damaged: ")
    assert message in str(caught.value)
