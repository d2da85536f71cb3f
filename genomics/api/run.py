"""A network that is asked: predictions, explanations, mutations, scans."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

from genomics.api import answers
from genomics.api.scores import Scores
from genomics.api.sequences import Given, as_codes, as_sequences
from genomics.api.settings import explainer_of
from genomics.api.words import in_python
from genomics.errors import InputError
from genomics.interpretation.computed import computed
from genomics.interpretation.explanation import explanation, prediction
from genomics.interpretation.sequences import Sequences, from_examples, select
from genomics.interpretation.turned import turned
from genomics.models.predictor import Predictor
from genomics.programs.tasks import restricted, task_indices
from genomics.training import config as configuration

Tasks = Sequence[str | int] | str | int | None


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """A network, and what can be asked of it. `genomics.load` makes one.

    Sequences are letters (one text or several), codes (N, L) with A C G T N = 0..4, one-hot rows (N, L, 4), or what
    `examples` gives. Answers are `Scores`, whose axes are `sequence`, `task`, `position`, `base`. Tasks are names in
    any case, or indices. All is computed at full float32 precision, in batches, compiled for each question.

    Attributes:
      predictor: the network as the programs take it: `predictor.apply(predictor.parameters, x)` is the JAX function.
      folder: of the training run, or of the first of several; None for a network from elsewhere.
    """

    predictor: Predictor
    folder: Path | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """T names."""
        return self.predictor.tasks

    @property
    def length(self) -> int:
        """L, the bases of a sequence."""
        return self.predictor.length

    def __repr__(self) -> str:
        shown = ", ".join(self.tasks[:8]) + (f", ... ({len(self.tasks)} tasks)" if len(self.tasks) > 8 else "")
        several = "" if self.predictor.replicates is None else f"; {self.predictor.replicates} networks"
        return f"<Run of {self.predictor.source}: {self.length} bases -> {shown}{several}>"

    def examples(
        self,
        split: Literal["train", "valid", "test"] = "test",
        *,
        count: int = 100,
        positive: Tasks = None,
        data: str | Path | None = None,
    ) -> Sequences:
        """Sequences of a data set, with names, labels and, of simulated ones, what was planted.

        Args:
          split: of the data set.
          count: the first so many; 0 = all.
          positive: only those with label 1 for any of these tasks.
          data: HDF5 file; None = the one that the network was trained on.

        Returns:
          `bases` (N, L) codes, `names`, `labels` (N, T), `planted(row, factor)`; to be given to the other functions.

        Raises:
          InputError: the data set is absent, damaged, of another length, or no sequence qualifies.
        """
        with in_python():
            if data is None:
                if self.folder is None:
                    raise InputError("examples: data= must name a data set; this network is not of a training run")
                data = Path(configuration.read(self.folder).config.data.path)
                if not data.exists():
                    raise InputError(f"{data}: the data set of {self.folder} is absent; give data=")
            everything = from_examples(data, split, self.length, self.tasks)
            chosen = self._tasks(positive)
            found = select(everything, "all" if positive is None else "positive", count, chosen)
            rows = np.searchsorted(everything.index, found.index)
            labels = None if everything.labels is None else everything.labels[rows]
            return dataclasses.replace(found, labels=labels)

    def predict(self, sequences: Given, *, tasks: Tasks = None, batch_size: int | None = None) -> Scores:
        """What the network gives: logits, or outputs of a network without a final sigmoid.

        Args:
          sequences: N of them.
          tasks: T of them, in this order; None = all.
          batch_size: sequences at a time; None = by the memory.

        Returns:
          (sequence, task); of networks trained side by side the mean, and the spread as `.logits_std`.

        Raises:
          InputError: a sequence or task that does not fit the network.

        >>> import genomics, jax.numpy as jnp
        >>> run = genomics.load(lambda x: 2 * x.sum(0), length=4, task_names=list("ACGT"))
        >>> run.predict(["AACG", "TTTN"], tasks=["a", "T"]).values.tolist()
        [[4.0, 0.0], [0.0, 6.0]]
        """
        with in_python(), jax.default_matmul_precision("highest"):
            own, asked = self._restricted(tasks), as_sequences(sequences, self.length)
            read = asked.as_read()
            found = computed(own, read, prediction(own, read), batch_size)
        return answers.predictions(own, asked, found)

    def explain(
        self,
        sequences: Given,
        method: str = "deeplift",
        *,
        tasks: Tasks = None,
        seed: int = 0,
        batch_size: int | None = None,
        **settings: Any,
    ) -> Scores:
        """What each base contributes to the network's answer, by one of the methods of `genomics-interpret`.

        Args:
          sequences: N of them.
          method: `deeplift`, `deepshap`, `lrp`, `integrated_gradients`, `expected_gradients`, `saliency`,
            `gradient_x_input`, `ism`, `occlusion`, ...: those of `genomics-interpret --help`.
          tasks: T of them, in this order; None = all.
          seed: of everything random.
          batch_size: sequences at a time; None = by the memory.
          settings: of the method, by the names of its flags. Of those that compare with a reference: `reference`, a
            text as `uniform`, `background`, `dinucleotide:20`, four base frequencies, or an array (L, 4) or (K, L, 4);
            of DeepLIFT `rule`; of integrated gradients `steps`; ... An unknown one is an error that lists them.

        Returns:
          (sequence, task, position, base) in the network's unit, base columns A C G T. Beside them, where the method
          has them: `.residual` (sequence, task), how far the sum is from the difference that it explains, relative to
          max(1, |f(x)|, |f(r)|); `.hypothetical`, what each base would contribute if it stood there. `.attributes`
          holds definition, rule, reference and citation.

        Raises:
          InputError: an unknown method, setting or task, a value that does not fit, or a network that the method cannot
            explain; one line.

        >>> import genomics, jax.numpy as jnp
        >>> run = genomics.load(lambda x: jnp.stack([jnp.maximum(x[:, 0].sum() - 1, 0)]), length=4, task_names=["A"])
        >>> scores = run.explain("AACG", "deeplift", reference="zeros", rule="rescale")
        >>> scores.sel(sequence=0, task="A").values.sum(1).tolist()
        [0.5, 0.5, 0.0, 0.0]
        >>> scores.attributes["citation"]
        'Shrikumar, Greenside & Kundaje 2017, doi:10.48550/arXiv.1704.02685'
        """
        with in_python(), jax.default_matmul_precision("highest"):
            own, asked = self._restricted(tasks), as_sequences(sequences, self.length)
            explainer = explainer_of(own, method, settings, seed, self._background)
            read = asked.as_read()
            found = turned(computed(own, read, explanation(own, read, explainer), batch_size), asked.reverse)
        return answers.explained(own, asked, explainer, found)

    def ism(self, sequences: Given, *, tasks: Tasks = None, batch_size: int | None = None, **settings: Any) -> Scores:
        """The effect of every substitution: `f(sequence with base a at l) - f(sequence)`, exactly.

        Only what a substitution changes is computed (`genomics.ism`). Settings: `gauge`, zero and unit of the effects
        (`delta`, `centred`, `projected`, `log_odds`, `probability`), ...

        Returns:
          (sequence, task, position, base), columns the new base A C G T; 0 at the observed base, NaN at N. Arguments,
          unit and errors as `explain`.

        >>> import genomics, jax.numpy as jnp
        >>> run = genomics.load(lambda x: jnp.stack([x[:, 0].sum() * x[:, 1].sum()]), length=3, task_names=["AC"])
        >>> run.ism("ACG").sel(sequence=0, task="AC").values.tolist()
        [[0.0, -1.0, -1.0, -1.0], [-1.0, 0.0, -1.0, -1.0], [1.0, 1.0, 0.0, 0.0]]

        Source: Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547.
        """
        return self.explain(sequences, "ism", tasks=tasks, batch_size=batch_size, **settings)

    def scan(
        self, sequence: Given, *, what: Literal["effects", "predictions"] = "effects", tasks: Tasks = None
    ) -> Scores:
        """Every base of a sequence of any length, in the window centred on it; beyond the ends the bases are N.

        Args:
          sequence: one, of any length.
          what: `effects` of all substitutions, or `predictions`.
          tasks: T of them; None = all.

        Returns:
          `effects`: (position, base, task), columns the new base, exactly 0 at the base itself, NaN at N;
          `predictions`: (position, task), NaN at N. Of networks trained side by side the mean.

        Raises:
          InputError: a letter that is no base, an unknown task.

        >>> import genomics, jax.numpy as jnp
        >>> run = genomics.load(lambda x: jnp.stack([x[:, 0].sum()]), length=3, task_names=["A"])
        >>> run.scan("CAAGT", what="predictions").sel(task="A").values.tolist()
        [1.0, 2.0, 2.0, 1.0, 0.0]

        Source: as `genomics.effects`, which it applies.
        """
        if what not in ("effects", "predictions"):
            raise InputError(f"what={what!r}: must be effects or predictions")
        with in_python():
            own, codes = self._restricted(tasks), as_codes(sequence)
            return answers.scanned(own, codes, what)

    def _tasks(self, tasks: Tasks) -> tuple[int, ...]:
        wanted = [tasks] if isinstance(tasks, str | int) else tasks
        return task_indices(None if wanted is None else [str(task) for task in wanted], self.tasks)

    def _restricted(self, tasks: Tasks) -> Predictor:
        return restricted(self.predictor, self._tasks(tasks))

    def _background(self) -> Sequence[float]:
        """Base frequencies of the training split."""
        from genomics.attribution.references import base_frequencies

        return base_frequencies(self.examples("train", count=0).bases).tolist()

    def _repr_html_(self) -> str:
        rows: Mapping[str, Any] = {"from": self.predictor.source, "bases": self.length, "tasks": ", ".join(self.tasks)}
        return (
            "<table>"
            + "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows.items())
            + "</table>"
        )
