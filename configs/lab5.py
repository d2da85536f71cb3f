"""The lab's network with max pooling, on simulated data: the main experiment.

python train.py --config=configs/lab5.py --workdir=runs/lab5

1 minute on 2 CPU cores; seed 0: validation accuracy .851, loss .341; test AUROC .981, .801, .933.
"""

from genomics.training.config import DataConfig, TrainConfig


def get_config() -> TrainConfig:
    """The lab's recipe: RMSprop 1e-4, batch 64, 100 epochs."""
    return TrainConfig(data=DataConfig(path="data/lab5.h5", recipe="lab"))
