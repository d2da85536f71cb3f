"""The lab's network with max pooling, on simulated data: the main experiment.

python train.py --config=configs/lab5.py --workdir=runs/lab5
"""

from genomics.training.config import DataConfig, TrainConfig


def get_config() -> TrainConfig:
    """The lab's recipe: RMSprop 1e-4, batch 64, 100 epochs."""
    return TrainConfig(data=DataConfig(path="data/lab5.h5", recipe="lab"))
