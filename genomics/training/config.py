"""What an experiment is: the typed fields of a configuration file, and their check against a run that is resumed."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.io.atomic import write_text
from genomics.io.json_text import read_json
from genomics.models.lab import LabConfig
from genomics.models.table import config_from_dict, config_to_dict, network_config
from genomics.training.config_fields import check_fields

_LARGEST_SEED = 2**63 - 1
#: Of a record; those of a thousand tasks have a tenth.
_MOST_BYTES = 1 << 20


@dataclasses.dataclass(kw_only=True)
class DataConfig:
    """Where the examples come from.

    Attributes:
      path: HDF5 file in the lab's layout.
      recipe: name of the simulation that makes the file when it is absent; empty for real data.
      tasks: names of the tasks, for a file that does not hold them; empty = the file's own.
      reverse_complement: train on every sequence's reverse complement as well.
      random_strand: train on every sequence or its reverse complement, by chance in each epoch.
      shift: move every training window by up to so many bases, by chance in each epoch; the file must hold the bases
        beside it (`python -m genomics.data.peaks --flank=N`).
      shuffle_labels: train on labels dealt to other sequences, by the run's seed: a control that cannot learn what the
        labels mean (Adebayo et al. 2018). Validation and test keep theirs.
    """

    path: str = "data/lab5.h5"
    recipe: str = ""
    tasks: tuple[str, ...] = ()
    reverse_complement: bool = False
    random_strand: bool = False
    shift: int = 0
    shuffle_labels: bool = False


@dataclasses.dataclass(kw_only=True)
class TrainConfig:
    """One experiment. Mutable, so that `--config.field=value` can change it before the run starts.

    Attributes:
      seed: of the initial parameters and of the order of the examples.
      epochs: passes over the training split; the one field that may grow when a run is resumed.
      batch_size: examples a step.
      learning_rate: of RMSprop.
      epsilon_in_root: RMSprop as Keras defines it from 2.11 on; see `genomics.training.optimizer`.
      patience: a network stops when so many epochs have not lowered its validation loss, each replicate by itself; 0 =
        it never does.
      replicates: networks trained side by side from different seeds.
      data: where the examples come from.
      model: architecture; one of the configuration classes in `genomics.models.table`.
    """

    seed: int = 0
    epochs: int = 100
    batch_size: int = 64
    learning_rate: float = 1e-4
    epsilon_in_root: bool = False
    patience: int = 0
    replicates: int = 1
    data: DataConfig = dataclasses.field(default_factory=DataConfig)
    model: Any = dataclasses.field(default_factory=LabConfig)


def check(config: Any) -> TrainConfig:
    """The configuration, if its values can be trained with.

    Raises:
      InputError: a field is outside its range, or the file gave something else than a `TrainConfig`.
    """
    if not isinstance(config, TrainConfig):
        raise InputError("--config: the file is absent, or its get_config() does not return a TrainConfig")
    for name, lowest in (("epochs", 1), ("batch_size", 1), ("replicates", 1), ("seed", 0), ("patience", 0)):
        if getattr(config, name) < lowest:
            raise InputError(f"config.{name}={getattr(config, name)}: must be at least {lowest}")
    if config.seed > _LARGEST_SEED:
        raise InputError(f"config.seed={config.seed}: must be at most {_LARGEST_SEED}")
    if not config.learning_rate > 0:
        raise InputError(f"config.learning_rate={config.learning_rate}: must be above 0")
    if config.data.shift < 0:
        raise InputError(f"config.data.shift={config.data.shift}: must be at least 0")
    if config.data.random_strand and config.data.reverse_complement:
        raise InputError("config.data.random_strand=True: not with config.data.reverse_complement, which shows both")
    # `--config.data.tasks=CTCF,MAFK` arrives as one string.
    tasks = tuple(name.strip() for item in config.data.tasks for name in item.split(",") if name.strip())
    return dataclasses.replace(config, data=dataclasses.replace(config.data, tasks=tasks))


def to_dict(config: TrainConfig) -> dict[str, Any]:
    """JSON-ready values of a configuration."""
    values = dataclasses.asdict(dataclasses.replace(config, model=None))
    # Through JSON, so that what is compared with a file's values has its types: lists for tuples.
    return json.loads(json.dumps({**values, "model": config_to_dict(config.model)}))


def from_dict(values: dict[str, Any]) -> TrainConfig:
    """The inverse of `to_dict`."""
    data = {**values["data"], "tasks": tuple(values["data"]["tasks"])}
    return TrainConfig(**{**values, "data": DataConfig(**data), "model": config_from_dict(values["model"])})


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What `config.json` holds: the experiment, and the data that it met.

    Attributes:
      config: as given, flags included.
      length: L, bases of a sequence.
      tasks: T names.
      data_digest: sha256 over the examples.
      cpu_devices: the devices that a CPU was taken for, each with a share of every batch: what the order of sums, and
        with it the last bit, depends on. None on accelerators and of several processes.
    """

    config: TrainConfig
    length: int
    tasks: tuple[str, ...]
    data_digest: str
    cpu_devices: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        found = {"length": self.length, "tasks": list(self.tasks), "data_digest": self.data_digest}
        devices = {} if self.cpu_devices is None else {"cpu_devices": self.cpu_devices}
        return {**to_dict(self.config), "found": found | devices}


def read(workdir: Path) -> RunRecord:
    """The record of an existing run.

    Raises:
      InputError: the folder holds no readable `config.json`.
    """
    path = Path(workdir) / "config.json"
    if not path.exists():
        raise InputError(f"{path}: absent; is this the --workdir of a training run?")
    values = read_json(path, most_bytes=_MOST_BYTES)
    try:
        return _run_of(values)
    except KeyError as error:
        raise InputError(f"{path}: is no record of a training run: has no {error}") from None
    except (ValueError, TypeError, AttributeError) as error:  # an InputError, also a ValueError, names the field
        raise InputError(f"{path}: is no record of a training run: {error}") from None


def _run_of(values: dict[str, Any]) -> RunRecord:
    found = values.pop("found")
    length, tasks, digest = found["length"], found["tasks"], found["data_digest"]
    check_fields(values, TrainConfig(), "config.")
    check_fields(values["data"], DataConfig(), "config.data.")
    check_fields(values["model"], network_config(values["model"].get("network")), "config.model.")
    if type(length) is not int or length < 1:
        raise InputError(f"found.length={length!r}: must be a whole number from 1")
    if not isinstance(tasks, list) or not tasks or not all(isinstance(task, str) for task in tasks):
        raise InputError(f"found.tasks={tasks!r}: must be a list of names")
    if not isinstance(digest, str):
        raise InputError(f"found.data_digest={digest!r}: must be a text")
    devices = found.get("cpu_devices")
    if devices is not None and (type(devices) is not int or devices < 1):
        raise InputError(f"found.cpu_devices={devices!r}: must be a whole number from 1")
    return RunRecord(
        config=check(from_dict(values)), length=length, tasks=tuple(tasks), data_digest=digest, cpu_devices=devices
    )


def recorded_devices(workdir: Path) -> int | None:
    """CPU devices of the run in this folder, 1 of one from before they were recorded; None where there is no run."""
    if not (Path(workdir) / "config.json").exists():
        return None
    return read(workdir).cpu_devices or 1


def write_or_match(run: RunRecord, workdir: Path) -> None:
    """Records a new run in its folder; in an old run's folder, checks that it is the same experiment.

    Raises:
      InputError: the folder belongs to another experiment; the message names every field that differs.
    """
    path = workdir / "config.json"
    new = run.to_dict()
    if path.exists():
        old = read(workdir).to_dict()
        then, now = _flat(old), _flat(new)
        differing = [
            f"{name} (then {then.get(name)!r}, now {now.get(name)!r})"
            for name in sorted(then.keys() | now.keys())
            if name not in ("epochs", "found.cpu_devices") and then.get(name) != now.get(name)
        ]
        if new["epochs"] < old["epochs"]:
            differing.append(f"epochs (then {old['epochs']}, now {new['epochs']}: may only grow)")
        if differing:
            raise InputError(f"{workdir}: holds a run with another configuration: {'; '.join(differing)}")
        if new["found"].get("cpu_devices") == 1 and "cpu_devices" not in old["found"]:
            del new["found"]["cpu_devices"]  # what none means already: a record stays as it is
    write_text(path, json.dumps(new, indent=2) + "\n")


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dictionaries as one, keys joined by dots."""
    flat = {}
    for key, value in values.items():
        flat.update(_flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value})
    return flat
