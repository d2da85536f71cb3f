"""The table: one record a primitive, and how a user adds one."""

from genomics.errors import InputError
from genomics.tracing.columns import elementwise, moves, others, windows
from genomics.tracing.columns.record import Along, NotColumnsError, Record
from genomics.tracing.program import Equation

_RECORDS: dict[str, Record] = {**elementwise.RECORDS, **moves.RECORDS, **windows.RECORDS, **others.RECORDS}
_OWN = frozenset(_RECORDS)
_UNKNOWN = Record()


def record(primitive: str) -> Record:
    """What is known of a primitive; an empty record where nothing is."""
    return _RECORDS.get(primitive, _UNKNOWN)


def known() -> tuple[str, ...]:
    """Names of all primitives of the table."""
    return tuple(sorted(_RECORDS))


def register(primitive: str, description: Record) -> None:
    """Makes a primitive known to every transformation: attribution, mutagenesis, scans, receptive fields.

    Args:
      primitive: its name, as `jax.make_jaxpr` prints it.
      description: of it. With `along` (elementwise ones need none), mutants and windows share columns through it;
        `elementwise`, `affine`, `product` and `sums` tell DeepLIFT, LRP and the guided methods which rule applies;
        `maximum` is for those with the parameters of `reduce_max` or `reduce_window_max`. The primitive itself needs
        what JAX asks for: an abstract evaluation, batching and, for attribution, a derivative.

    Raises:
      InputError: the table has the primitive from the start.

    >>> from jax.extend.core import Primitive
    >>> import genomics
    >>> from genomics.tracing.columns.record import Record
    >>> my_gate = Primitive("my_gate")  # docs/own_primitive.md has the whole of one
    >>> genomics.register("my_gate", Record(elementwise=True))
    >>> genomics.register("tanh", Record(elementwise=True))
    Traceback (most recent call last):
    genomics.errors.InputError: register('tanh'): the table has this primitive; its record is not replaced
    """
    if primitive in _OWN:
        raise InputError(f"register({primitive!r}): the table has this primitive; its record is not replaced")
    _RECORDS[primitive] = description


def outputs_along(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """How the outputs of an equation run along the sequence.

    Args:
      equation: with at least one operand that does.
      axes: for each operand the axis along which it does; None for constants.

    Raises:
      NotColumnsError: they do not, or nothing is known of the primitive.
    """
    known = record(equation.primitive)
    describe = elementwise.along if known.elementwise else known.along
    if describe is None:
        raise NotColumnsError("has no rule")
    return describe(equation, axes)
