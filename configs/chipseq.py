"""Real ChIP-seq windows from an HDF5 file in the lab's layout: five networks whose mutations agree with experiments.

python train.py --config=chipseq --workdir=runs/chipseq --config.data.path=FILE.h5
python -m genomics.evaluation.experiments --workdir=runs/chipseq --allelic=asb.vcf --fasta=asb.fa

Half of the first filters are exponential, half ReLU; dropout; strands by chance; each network stops by itself. How it
was chosen: `docs/experiments.md`. `--config.replicates=1` trains one network.

4 minutes of CPU time for 12,174 windows of ENCODE peaks, seed 0: test AUROC of the mean of the five networks CTCF
.956, ARID3A .717, MAFK .957.
"""

from genomics.models.readable import ReadableConfig
from genomics.training.config import DataConfig, TrainConfig


def get_config() -> TrainConfig:
    """Five networks, each until its validation loss has not fallen for eight epochs."""
    return TrainConfig(
        epochs=60,
        patience=8,
        learning_rate=1e-3,
        replicates=5,
        data=DataConfig(path="data/chipseq.h5", random_strand=True),
        model=ReadableConfig(activation="mixed", dropout=0.3),
    )
