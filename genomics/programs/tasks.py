"""Some of a network's tasks."""

import dataclasses
from collections.abc import Sequence

import jax

from genomics.errors import InputError
from genomics.models.predictor import Predictor


def task_indices(wanted: Sequence[str] | None, tasks: Sequence[str]) -> tuple[int, ...]:
    """Indices of tasks in the order in which they are named.

    Args:
      wanted: names in any case, or indices as texts; a name wins over an index. None = all.
      tasks: names of all.

    Raises:
      InputError: an unknown task, one named twice, or none at all.
    """
    if wanted is None:
        return tuple(range(len(tasks)))
    index_of = {str(index): index for index in range(len(tasks))} | {name.lower(): i for i, name in enumerate(tasks)}
    chosen = []
    for task in wanted:
        index = index_of.get(task.strip().lower())
        if index is None:
            raise InputError(f"--tasks={task}: must be one of {', '.join(tasks)} or an index below {len(tasks)}")
        if index in chosen:
            raise InputError(f"--tasks={','.join(wanted)}: names {tasks[index]} twice")
        chosen.append(index)
    if not chosen:
        raise InputError(f"--tasks=: must name at least one of {', '.join(tasks)}")
    return tuple(chosen)


def restricted(predictor: Predictor, chosen: tuple[int, ...]) -> Predictor:
    """The network with only some of its tasks, in the order chosen."""
    if chosen == tuple(range(len(predictor.tasks))):
        return predictor

    def some(logits):  # by slices, which every transformation reads
        return jax.lax.concatenate([jax.lax.slice(logits, (task,), (task + 1,)) for task in chosen], 0)

    def apply(parameters, x):
        return some(predictor.apply(parameters, x))

    bind = predictor.bind
    return dataclasses.replace(
        predictor,
        apply=apply,
        bind=dataclasses.replace(bind, value=lambda y, held: some(bind.value(y, held))) if bind else None,
        tasks=tuple(predictor.tasks[task] for task in chosen),
    )
