"""A control: as lab5, but every training sequence has the labels of another one (Adebayo et al. 2018).

python train.py --config=configs/lab5_shuffled.py --workdir=runs/lab5_shuffled
python -m benchmarks.sanity --workdir=runs/lab5 --shuffled=runs/lab5_shuffled

There is nothing to learn but the examples themselves, so an explanation that looks the same shows the sequence and not
what the network has learned. Its last checkpoint is the one to look at: the best is an almost untrained network.

1 minute on 2 CPU cores; seed 0: training accuracy .667, loss .610; validation accuracy .500.
"""

from genomics.training.config import DataConfig, TrainConfig


def get_config() -> TrainConfig:
    """As lab5, on shuffled labels."""
    return TrainConfig(data=DataConfig(path="data/lab5.h5", recipe="lab", shuffle_labels=True))
