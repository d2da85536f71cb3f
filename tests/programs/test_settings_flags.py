"""One field of one record is a flag with a help and bounds, is read back, and is told where nothing reads it."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

import pytest
from absl import flags
from absl.testing import flagsaver

from genomics.errors import InputError
from genomics.interpretation.methods import METHODS
from genomics.interpretation.settings import Asked, Settings, declared, setting
from genomics.models.predictor import Predictor
from genomics.programs import method_flags, settings_flags


@dataclass(frozen=True, kw_only=True)
class One(Settings):
    knob_copies: int = setting(3, "copies of the sequence", least=1)
    knob_form: Literal["round", "square"] = setting("round", "form of the window")
    knob_fast: bool = setting(False, "how")


@dataclass(frozen=True, kw_only=True)
class Two(Settings):
    knob_copies: int = setting(5, "copies of the motif", least=1)
    knob_form: Literal["round", "square"] = setting("round", "form of the window")
    knob_places: tuple[int, ...] = setting(
        (), "places", text=["1"], read=lambda texts, given, asked: (asked.seed, given, *map(int, texts))
    )


ASKED = Asked(
    predictor=Predictor(
        apply=lambda _, x: x.sum(0),
        parameters={},
        replicates=None,
        length=9,
        tasks=tuple("ACGT"),
        fingerprint="",
        source="",
    ),
    seed=7,
    background=lambda: [],
)


@pytest.fixture
def defined():
    names = settings_flags.define({"one": One, "two": Two})
    yield names
    for name in names:
        delattr(flags.FLAGS, name)


def read(record, *arguments):
    with flagsaver.flagsaver():
        flags.FLAGS(["program", *arguments])
        return settings_flags.reader(ASKED)(record)


def test_flags_are_those_of_the_fields(defined):
    assert sorted(defined) == ["knob_copies", "knob_fast", "knob_form", "knob_places"]
    told = {name: flags.FLAGS[name].help for name in defined}
    assert told["knob_copies"].startswith(
        "Of one: copies of the sequence. Of two: copies of the motif. Default: 3; 5 for two."
    )
    assert told["knob_form"].endswith("Of one and two: form of the window.")
    assert flags.FLAGS["knob_form"].default == "round"
    for wrong in ("--knob_copies=0", "--knob_form=oval", "--knob_fast=perhaps"):
        with pytest.raises(flags.Error):
            read(One, wrong)


def test_records_are_read_back(defined):
    assert read(One) == One(seed=7)
    assert read(Two) == Two(seed=7, knob_places=(7, False, 1))
    arguments = ("--knob_copies=9", "--knob_form=square", "--knob_fast", "--knob_places=2,3")
    assert read(One, *arguments) == One(seed=7, knob_copies=9, knob_form="square", knob_fast=True)
    assert read(Two, *arguments) == Two(seed=7, knob_copies=9, knob_form="square", knob_places=(7, True, 2, 3))


@dataclass(frozen=True, kw_only=True)
class Three(Settings):
    knob_places: tuple[int, ...] = setting((), "places", text=["4"], read=declared(Two)["knob_places"].read)


def test_records_that_read_alike_keep_their_own_defaults(defined):
    read_each = settings_flags.reader(ASKED)
    with flagsaver.flagsaver():
        flags.FLAGS(["program"])
        assert [read_each(record).knob_places for record in (Two, Three, Two)] == [
            (7, False, 1),
            (7, False, 4),
            (7, False, 1),
        ]


def test_what_none_reads_is_found(defined):
    with flagsaver.flagsaver():
        flags.FLAGS(["program", "--knob_copies=3", "--knob_fast"])
        assert settings_flags.unread(defined, [Two]) == ["knob_fast"]
        assert settings_flags.unread(defined, [One, Two]) == []


def test_two_records_cannot_mean_different_things_by_one_flag():
    @dataclass(frozen=True, kw_only=True)
    class Other(Settings):
        knob_copies: int = setting(3, "copies", least=2)

    with pytest.raises(TypeError, match="--knob_copies: one, other declare it differently"):
        settings_flags.define({"one": One, "other": Other})
    assert "knob_copies" not in flags.FLAGS


def test_a_program_s_own_bound_and_a_record_s_are_one(defined):
    with pytest.raises(InputError, match="--knob_copies=0: must be at least 1"):
        One(knob_copies=0)


def test_a_short_network_bounds_the_default_and_refuses_what_was_given():
    """Its sequences have nine bases, then five; indels of six are the default."""
    short = dataclasses.replace(ASKED, predictor=dataclasses.replace(ASKED.predictor, length=5))
    with flagsaver.flagsaver():
        flags.FLAGS(["program"])
        found = [settings_flags.reader(asked)(METHODS["indels"].settings).max_indel for asked in (ASKED, short)]
        assert found == [6, 4]
        assert "max_indel" in method_flags._OF_SETTINGS
        flags.FLAGS(["program", "--max_indel=5"])
        with pytest.raises(InputError, match="--max_indel=5: must be below the sequences' length 5"):
            settings_flags.reader(short)(METHODS["indels"].settings)
