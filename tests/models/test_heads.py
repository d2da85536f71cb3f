"""Which outputs of a network become its tasks, and under which names."""

import jax.numpy as jnp
import pytest

from genomics.errors import InputError
from genomics.models.heads import MAXIMUM_TASKS, choose_heads
from genomics.models.network import Input, Network, Output


def network(*outputs, task_names=None) -> Network:
    """Outputs as (name, shape) or (name, shape, removed); output k counts on from 100 k."""
    heads = tuple(Output(name=n, shape=s, removed=r[0] if r else None) for n, s, *r in outputs)
    arrays = tuple(100.0 * k + jnp.arange(head.size).reshape(head.shape) for k, head in enumerate(heads))
    return Network(
        source="m.h5",
        written_by="nobody",
        inputs=(Input(name="x", shape=(8, 4)),),
        outputs=heads,
        parameters={},
        apply=lambda parameters, x: arrays,
        task_names=task_names,
    )


def chosen(given: Network, head: str | None = None):
    heads = choose_heads(given, head)
    values = heads.select(given.apply({}, None))
    assert values.shape == heads.shape
    assert values.size == len(heads.tasks)
    return heads.tasks, values.ravel().tolist(), heads.unit


def test_the_only_output_gives_tasks_with_the_names_that_the_file_remembers():
    assert chosen(network(("dense", (3,), "sigmoid"))) == (("task_0", "task_1", "task_2"), [0, 1, 2], "logit")
    assert chosen(network(("dense", (2,)), task_names=("A", "B"))) == (("A", "B"), [0, 1], "output")
    assert chosen(network(("dense", (2,)), task_names=("A", "B", "C")))[0] == ("task_0", "task_1")
    assert chosen(network(("dense", ())))[:2] == (("task_0",), [0])


def test_single_numbers_stand_side_by_side_under_the_names_of_their_heads():
    both = network(("Dev", (1,)), ("Hk", (1, 1)))
    assert chosen(both) == (("Dev", "Hk"), [0, 100], "output")
    assert chosen(both, "hk") == (("Hk",), [100], "output")
    assert chosen(both, "0") == (("Dev",), [0], "output")
    mixed = network(("a", (1,), "sigmoid"), ("b", (1,)))
    assert chosen(mixed)[2] == "output"
    assert chosen(mixed, "a")[2] == "logit"
    assert chosen(network(("a", (1,)), ("A", (1,))))[0] == ("head_0", "head_1")


def test_several_outputs_that_are_no_single_numbers_must_be_chosen_among():
    bpnet = network(("profile", (5, 1)), ("counts", (1,)))
    with pytest.raises(InputError) as error:
        choose_heads(bpnet)
    listed = "0 profile (5, 1); 1 counts (1,)"
    assert str(error.value) == f"m.h5: has 2 outputs: {listed}; --head=NAME|INDEX chooses one"
    for wrong in ("2", "-1", "count", ""):
        with pytest.raises(InputError) as error:
            choose_heads(bpnet, wrong)
        assert str(error.value) == f"--head={wrong}: must be the name or index of an output of m.h5: {listed}"
    assert chosen(bpnet, "Counts") == (("counts",), [100], "output")
    assert chosen(bpnet, "profile")[:2] == (tuple(f"bin_{i}_track_0" for i in range(5)), [0, 1, 2, 3, 4])


def test_names_say_bin_and_track():
    assert chosen(network(("y", (3, 2))))[0] == tuple(f"bin_{b}_track_{t}" for b in range(3) for t in range(2))
    assert chosen(network(("y", (2, 3))))[0] == tuple(f"bin_{b}_track_{t}" for t in range(2) for b in range(3))
    assert chosen(network(("y", (2, 1, 2))))[0] == (
        "bin_0_0_track_0",
        "bin_0_0_track_1",
        "bin_1_0_track_0",
        "bin_1_0_track_1",
    )
    assert chosen(network(("a", (4,)), ("b", (2,))), "b")[0] == ("b_0", "b_1")


def test_a_head_without_bound_is_refused():
    huge = Output(name="tracks", shape=(896, 5313))
    given = Network(source="m.h5", written_by="", inputs=(), outputs=(huge,), parameters={}, apply=lambda p, x: (x,))
    with pytest.raises(InputError, match=rf"tracks \(896, 5313\) holds 4760448 numbers; at most {MAXIMUM_TASKS}"):
        choose_heads(given)
