"""The twelve-factor task of Koo & Eddy (2019, doi:10.1371/journal.pcbi.1007560), simulated.

python train.py --config=configs/koo_eddy.py --workdir=runs/koo_eddy

1.2 minutes on 2 CPU cores; seed 0: test AUROC from .57 (CEBPB) to .99 (SRF).
"""

from genomics.training.config import DataConfig, TrainConfig


def get_config() -> TrainConfig:
    """The lab's network with twelve outputs, at a higher learning rate."""
    return TrainConfig(learning_rate=1e-3, epochs=50, data=DataConfig(path="data/koo_eddy.h5", recipe="koo_eddy"))
