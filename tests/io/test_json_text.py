import pytest

from genomics.errors import InputError
from genomics.io.json_text import parse_json, read_json


def test_what_json_holds(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"a": [1, 2.5, "é"]}', encoding="utf-8")
    assert read_json(path) == parse_json(path.read_bytes(), "x") == {"a": [1, 2.5, "é"]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x: is not JSON: Expecting value"),
        (b"\xff\xfe", "x: is not JSON: byte 0 is not UTF-8"),
        (b"[" * 900_000, "x: is not JSON: maximum recursion depth"),
        ("[" * 900_000, "x: is not JSON: maximum recursion depth"),
        ("1" * 10_000, "x: is not JSON: Exceeds the limit"),
        ("[" + "[]," * 600_000 + "[]]", "x: has about 1,200,002 entries; at most 1,000,000 are read"),
        (b'{"a":' + b"{}" * 1_000_001, "x: has about 1,000,002 entries; at most 1,000,000 are read"),
        (b" " * 5_000_001, "x: has 5,000,001 bytes; at most 5,000,000 are read"),
    ],
)
def test_refused(tmp_path, data, message):
    with pytest.raises(InputError) as caught:
        parse_json(data, "x", most_bytes=5_000_000, most_entries=1_000_000)
    assert str(caught.value).startswith(message)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="absent: cannot be read: No such file"):
        read_json(tmp_path / "absent")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 40)  # is not read
    with pytest.raises(InputError, match="large: has 1,099,511,627,776 bytes; at most"):
        read_json(tmp_path / "large")
