"""Do mutations of a planted site do what the planting matrix says? Correlation of mutagenesis with its log-odds.

  python -m benchmarks.planted_effects --workdir=runs/lab5 [--task=CTCF --sites=300]

Inside the sites of test sequences with exactly one: the change of the logit by each of the 3 W substitutions (both
strands averaged) against the change of the matrix's log-odds (bits, uniform background, pseudo-count 1) on the planted
strand.
Printed are Pearson's r over all substitutions of all sites, the mean over sites of r within each, and the same of every
network of an ensemble. --workdir=A,B grades the mean of several runs.
"""

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags, logging

from benchmarks.planted_sites import single_sites
from genomics.lenses.networks import each_network
from genomics.programs.workdir import WORKDIR, workdirs
from genomics.training.config import read
from genomics.training.load import load_ensemble

TASK = flags.DEFINE_string("task", "CTCF", "Which factor.")
SITES = flags.DEFINE_integer("sites", 300, "Sites, the first of the test split.", lower_bound=1)
_BATCH = 64


def main(argv: list[str]) -> None:
    del argv
    logging.set_verbosity(logging.WARNING)
    if not workdirs():
        raise app.UsageError(f"--{WORKDIR.name}=DIR must name a run on simulated data")
    predictor, run = load_ensemble(workdirs()), read(workdirs()[0])
    sites, task = single_sites(run.config.data.path, TASK.value, SITES.value), predictor.tasks.index(TASK.value)

    def effects(parameters):
        def both(codes):
            x = jax.nn.one_hot(codes, 4)
            return (predictor.apply(parameters, x) + predictor.apply(parameters, x[::-1, ::-1]))[task] / 2

        def site(row):
            bases, places = row
            mutant = lambda position, base: both(bases.at[position].set(base))  # noqa: E731
            each = jax.vmap(lambda p: jax.vmap(lambda a: mutant(p, a))(jnp.arange(4, dtype=jnp.uint8)))(places)
            return each - both(bases)

        return jax.lax.map(site, (jnp.asarray(sites.bases), jnp.asarray(sites.places)), batch_size=_BATCH)

    parameters = predictor.parameters
    found = each_network(effects, parameters) if predictor.replicates else effects(parameters)[None]
    each = np.asarray(found)
    changed = np.arange(4) != sites.observed[:, :, None]
    print(f"{len(sites.bases)} {TASK.value} sites of {sites.motif.identifier}, {changed.sum():,} substitutions")
    if len(each) > 1:
        several = [agreement(own, sites.effects, changed) for own in each]
        print("each network: " + ", ".join(f"{whole:.3f} / {within:.3f}" for whole, within in several))
    whole, within = agreement(each.mean(0), sites.effects, changed)
    print(f"{predictor.source}: r {whole:.3f} over all, {within:.3f} within a site (mean)")


def agreement(effects: np.ndarray, truth: np.ndarray, changed: np.ndarray) -> tuple[float, float]:
    """Pearson's r of the substitutions of all sites together, and the mean of each site's."""
    within = [np.corrcoef(a[own], b[own])[0, 1] for a, b, own in zip(effects, truth, changed, strict=True)]
    return float(np.corrcoef(effects[changed], truth[changed])[0, 1]), float(np.mean(within))


if __name__ == "__main__":
    app.run(main)
