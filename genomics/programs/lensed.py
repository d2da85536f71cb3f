"""A predictor seen through a lens."""

import dataclasses
import hashlib
from collections.abc import Sequence

from genomics.lenses.head import Head
from genomics.lenses.networks import one_network
from genomics.lenses.view import Lens, View, view
from genomics.models.predictor import Predictor
from genomics.programs.function_model import named


def lensed(predictor: Predictor, lens: Lens, task_names: Sequence[str] | None = None) -> Predictor:
    """A network whose output is (T,), seen through a lens.

    Args:
      predictor: as it was loaded, with all its tasks.
      lens: which number of it is explained.
      task_names: names of the numbers that are explained, where they are not the network's tasks.

    Raises:
      InputError: the lens does not suit the network.
    """
    if lens.plain:
        return predictor
    head = Head(
        apply=predictor.apply,
        shape=(len(predictor.tasks),),
        unit=predictor.unit,
        names=predictor.tasks,
    )
    found = view(head, lens, one_network(predictor.parameters, predictor.replicates), predictor.length)
    new = found.tasks != predictor.tasks
    own = dataclasses.replace(
        predictor,
        apply=found.apply,
        tasks=named(task_names, len(found.tasks), predictor.source) if new and task_names else found.tasks,
        unit=found.unit,
        unit_assumed=predictor.unit_assumed and lens.target == "output",
    )
    return through(own, found, lens)


def through(predictor: Predictor, found: View, lens: Lens) -> Predictor:
    """What a view adds to a predictor of its numbers; the fingerprint tells lenses apart."""
    if not found.told:
        return predictor
    digest = hashlib.sha256(f"{predictor.fingerprint}; {found.told}".encode()).hexdigest()
    return dataclasses.replace(
        predictor,
        bind=found.bind,
        fingerprint=digest,
        strands=lens.strands,
        pairs=lens.pairs,
        definition=found.definition,
    )
