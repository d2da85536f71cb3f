"""The table of primitives as its users see it."""

import pytest

from genomics.errors import InputError
from genomics.tracing.columns.record import Record
from genomics.tracing.columns.table import known, record, register


def test_a_record_of_the_table_is_not_replaced():
    before = record("add")
    with pytest.raises(InputError, match=r"register\('add'\): the table has this primitive"):
        register("add", Record())
    assert record("add") is before


def test_of_an_unknown_primitive_nothing_is_known():
    assert "no_such_primitive" not in known()
    assert record("no_such_primitive") == Record()
