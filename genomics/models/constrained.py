"""What a network may ask of training: penalties in the loss, and constraints that its parameters keep."""

from typing import Any, Protocol, runtime_checkable

from jaxtyping import Array, Float


@runtime_checkable
class Constrained(Protocol):
    """A network with penalties and constraints. Networks without these methods are trained as they are."""

    def penalties(self) -> dict[str, Float[Array, ""]]:
        """Terms that are added to the loss, each already multiplied by its strength."""
        ...

    def after_update(self) -> Any:
        """The network with its parameters projected onto the constraints; called after every update."""
        ...

    def after_epoch(self) -> Any:
        """The network as the next epoch starts from it, and as it is evaluated and stored."""
        ...


def penalties(model: Any) -> dict[str, Float[Array, ""]]:
    """A network's penalties by name; none for a network that is not `Constrained`."""
    return model.penalties() if isinstance(model, Constrained) else {}


def after_update(model: Any) -> Any:
    """The network with its constraints kept."""
    return model.after_update() if isinstance(model, Constrained) else model


def after_epoch(model: Any) -> Any:
    """The network as it is at the end of an epoch."""
    return model.after_epoch() if isinstance(model, Constrained) else model
