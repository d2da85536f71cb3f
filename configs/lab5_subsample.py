"""The lab's literal code, `MaxPooling1D(1, 4)`: every fourth position is kept, nothing is pooled.

python train.py --config=configs/lab5_subsample.py --workdir=runs/lab5_subsample

Half a minute on 2 CPU cores; seed 0: validation accuracy .630, loss .648.
"""

from genomics.models.lab import LabConfig
from genomics.training.config import DataConfig, TrainConfig


def get_config() -> TrainConfig:
    """As lab5, with subsampling."""
    return TrainConfig(data=DataConfig(path="data/lab5.h5", recipe="lab"), model=LabConfig(pooling="subsample"))
