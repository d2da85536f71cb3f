"""What the page says about the network: its layers, how many numbers it has learned, where it comes from."""

from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.interpretation.layers import network_layers
from genomics.lenses.networks import one_network
from genomics.models.predictor import Predictor
from genomics.models.summary import count_parameters
from genomics.report.records import read_record


def gather_model(predictor: Predictor, workdir: Path | None, checkpoint: str) -> dict[str, Any]:
    """Facts about a network.

    Args:
      predictor: the network.
      workdir: of the training run that it comes from; None for a network from elsewhere.
      checkpoint: which one of the run.

    Returns:
      JSON-ready record. A layer has its number of parameters where the network is one of `genomics.models`, otherwise
      the shape of its weights. `parameters` is null where they belong to the function.

    Raises:
      InputError: the run's `config.json` is damaged.
    """
    parameters = one_network(predictor.parameters, predictor.replicates)
    config = read_record(workdir / "config.json") if workdir else None
    network = (config or {}).get("model") or {}
    return {
        "source": predictor.source,
        "checkpoint": checkpoint if workdir else None,
        "network": str(network.get("network", "")).removesuffix("Config") or None,
        "length": predictor.length,
        "tasks": list(predictor.tasks),
        "replicates": predictor.replicates,
        "parameters": count_parameters(parameters) or None,
        "fingerprint": predictor.fingerprint[:16],
        "layers": _layers(predictor, parameters),
        "settings": _flat({key: value for key, value in (config or {}).items() if key != "found"}),
    }


def _layers(predictor: Predictor, parameters: Any) -> list[dict[str, Any]] | None:
    if hasattr(parameters, "layers"):  # a network of genomics.models
        return [
            {"name": row.name, "output": list(row.output), "parameters": row.parameters, "weights": None}
            for row in parameters.layers()
        ]
    try:
        found = network_layers(predictor)
    except InputError:  # no method of this run needed to read the network's operations, and not all can be read
        return None
    return [
        {
            "name": f"{layer.module}: {layer.name}" if layer.module else layer.name,
            "output": list(layer.shape),
            "parameters": None,
            "weights": None if layer.weights is None else list(layer.weights),
        }
        for layer in found
    ]


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings as one record, keys joined by dots; the shown texts."""
    flat = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        elif value not in ("", [], None):
            flat[prefix + key] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return flat
