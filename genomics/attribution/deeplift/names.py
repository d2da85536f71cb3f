"""The names of the rules, and what each promises."""

from genomics.errors import InputError

#: What can happen at an activation; the first is the default.
RULES = (
    "genomics_default",
    "rescale",
    "reveal_cancel",
    "gradient",
    "pass_through",
    "guided_backprop",
    "guided_backprop_rescale",
    "deconvnet",
)

#: What can happen at a maximum over a window or an axis; the first is the default.
MAX_POOL_RULES = ("cross", "gradient")

#: The rules whose contributions sum to f(x) - f(r) (with max-pool rule `cross`).
COMPLETE = frozenset({"genomics_default", "rescale", "reveal_cancel"})


def check_names(rule: str, max_pool_rule: str) -> None:
    """Raises `InputError` for a name that does not exist."""
    if rule not in RULES:
        raise InputError(f"DeepLIFT rule {rule!r}: must be one of {', '.join(RULES)}")
    if max_pool_rule not in MAX_POOL_RULES:
        raise InputError(f"max-pool rule {max_pool_rule!r}: must be one of {', '.join(MAX_POOL_RULES)}")
