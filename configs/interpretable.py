"""Filters that are motifs by construction, learned from the data (Ploenzke & Irizarry 2018).

python train.py --config=configs/interpretable.py --workdir=runs/interpretable
python interpret.py --workdir=runs/interpretable --methods=filters

1 minute on 2 CPU cores; seed 0: test accuracy .870; weights match all three motifs, the worst with q 3e-5.
"""

from genomics.models.interpretable import InterpretableConfig
from genomics.training.config import DataConfig, TrainConfig


def get_config() -> TrainConfig:
    """32 information-gain filters of 19 bases."""
    return TrainConfig(
        learning_rate=3e-3,
        epochs=40,
        data=DataConfig(path="data/lab5.h5", recipe="lab"),
        model=InterpretableConfig(
            filters=32, width=19, position_penalty=1e-4, filter_penalty=1e-5, weight_penalty=1e-4, head_penalty=1e-4
        ),
    )
