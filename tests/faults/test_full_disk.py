"""Every format on a disk that holds only so much: whole, or absent with one line. `make test-faults` tries 40 sizes."""

import pytest

from tests.faults import disks


def test_every_format_is_whole_or_absent_with_one_line(tmp_path):
    why = {kind: disks.available(kind, tmp_path) for kind in ("tmpfs", "limit")}
    kind = next((kind for kind, reason in why.items() if not reason), None)
    if kind is None:
        pytest.skip("; ".join(why.values()))
    cases = disks.run(kind, tmp_path, 3)
    assert not [case for case in cases if case["wrong"]]
    statuses: dict[str, list[int]] = {}
    for case in cases:
        statuses.setdefault(case["format"], []).append(case["status"])
    assert len(statuses) > 15
    assert all(found[0] == 2 and found[-1] == 0 for found in statuses.values()), statuses
