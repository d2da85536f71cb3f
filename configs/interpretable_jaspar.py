"""Filters fixed to known motifs, beside learned ones: what the known do not explain, the learned must.

python train.py --config=configs/interpretable_jaspar.py --workdir=runs/interpretable_jaspar
python train.py --config=configs/interpretable_jaspar.py --workdir=runs/mine --config.model.motifs=MINE.meme

20 s on 2 CPU cores; seed 0: test accuracy .816.
"""

from genomics.models.interpretable import InterpretableConfig
from genomics.training.config import DataConfig, TrainConfig


def get_config() -> TrainConfig:
    """The packaged motifs on both strands, and four learned filters."""
    return TrainConfig(
        learning_rate=1e-2,
        epochs=20,
        data=DataConfig(path="data/lab5.h5", recipe="lab"),
        model=InterpretableConfig(
            filters=4, width=19, motifs="packaged", position_penalty=1e-4, weight_penalty=1e-4, head_penalty=1e-3
        ),
    )
