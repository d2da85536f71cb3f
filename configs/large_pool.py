"""A large first pool: first filters must hold whole motifs (Koo & Eddy 2019).

python train.py --config=configs/large_pool.py --workdir=runs/large_pool
python interpret.py --workdir=runs/large_pool --methods=filters

2 minutes on 2 CPU cores; seed 0: test accuracy .912.
"""

from genomics.models.readable import ReadableConfig
from genomics.training.config import DataConfig, TrainConfig


def get_config() -> TrainConfig:
    """As exponential.py, with ReLU."""
    return TrainConfig(
        learning_rate=1e-3,
        epochs=50,
        data=DataConfig(path="data/lab5.h5", recipe="lab"),
        model=ReadableConfig(activation="relu", filters=(24, 48), widths=(19, 3), pools=(50, 2), hidden=96),
    )
