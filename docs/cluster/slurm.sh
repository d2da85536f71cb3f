#!/usr/bin/env bash
# sbatch --array=0-63 slurm.sh                        64 shards, one a task
# sbatch --dependency=afterok:NUMBER slurm.sh merge   once all of them are done
#SBATCH --job-name=scan
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=12:00:00
#SBATCH --gpus-per-task=1
#SBATCH --requeue
set -euo pipefail

SCAN=${SCAN:-"python scan.py"} WORKDIR=${WORKDIR:-runs/chipseq} FASTA=${FASTA:-hg38.fa} OUTPUT=${OUTPUT:-effects}

if [ "${1:-}" = merge ]; then
  exec $SCAN --merge --output="$OUTPUT"
fi
first=${SLURM_ARRAY_TASK_MIN:-0}
exec $SCAN --workdir="$WORKDIR" --fasta="$FASTA" --output="$OUTPUT" \
  --shard="$((SLURM_ARRAY_TASK_ID - first))/$SLURM_ARRAY_TASK_COUNT"
