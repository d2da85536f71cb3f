"""Elementwise primitives: column j of the output from column j of every operand."""

from genomics.tracing.columns.record import Along, NotColumnsError, Record, evaluated
from genomics.tracing.program import Equation

#: Neither linear nor a maximum.
NAMES = """
    abs acos acosh and asin asinh atan atan2 atanh cbrt ceil clamp cos cosh digamma eq erf erf_inv erfc exp exp2 expm1
    floor ge gt integer_pow is_finite le lgamma log log1p logistic lt ne nextafter not or pow reduce_precision rem
    round rsqrt sign sin sinh sqrt square tan tanh xor
    """.split()  # noqa: SIM905


def along(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """Constants of the output's shape run along with it; scalars, and those of size 1, are shared."""
    (axis, *others) = {axis for axis in axes if axis is not None}
    if others:
        raise NotColumnsError("combines values whose columns lie on different axes")
    shape = equation.outputs[0].shape
    aligned = []
    for operand, own in zip(equation.operands, axes, strict=True):
        same = len(operand.shape) == len(shape) and operand.shape[axis] == shape[axis]
        if own is not None and not same:
            raise NotColumnsError("repeats columns")
        aligned.append(axis if same else None)
    return (
        Along(
            axis=axis,
            size=shape[axis],
            block=evaluated(equation),
            aligned=tuple(aligned),
        ),
    )


RECORDS: dict[str, Record] = {
    **{name: Record(elementwise=True) for name in NAMES},
    **{name: Record(elementwise=True, affine=None, sums=True) for name in ("add", "add_any", "sub")},
    **{name: Record(elementwise=True, affine=None, rearranges=True) for name in ("copy", "copy_p")},
    **{name: Record(elementwise=True, affine=None) for name in ("complex", "conj", "imag", "real")},
    "neg": Record(elementwise=True, affine=None),
    # Whether its result keeps the value depends on the dtypes: see `genomics.tracing.linear`.
    "convert_element_type": Record(elementwise=True, rearranges=True),
    "div": Record(elementwise=True, affine=frozenset({0})),
    "max": Record(elementwise=True, maximum=1),
    "min": Record(elementwise=True, maximum=-1),
    "mul": Record(elementwise=True, product=True),
    "select_n": Record(elementwise=True, affine=frozenset(range(1, 64))),
    "stop_gradient": Record(elementwise=True, affine=None),
}
