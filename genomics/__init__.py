"""Networks on DNA, trained and opened up: every explanation is a transformation of a JAX function.

```python
import genomics

run = genomics.load("runs/lab5")  # or FILE.keras, FILE.h5, FILE.pt2, or a JAX function
scores = run.explain(run.examples("test", count=5), "deeplift", reference="uniform", tasks=["CTCF"])
genomics.logo(scores.sel(sequence=0, task="CTCF"))
```

`load` gives a `Run`, which predicts, explains, mutates and scans. Its answers are `Scores`: arrays with named axes that
draw themselves in a notebook. `deeplift`, `lrp`, `ism`, `integrated_gradients`, `dense` and `effects` are
transformations of any JAX function `predict: (L, 4) one-hot -> (T,)`, in the manner of `jax.grad`. All of them compute
at full float32 precision, whatever the process is set to, and do not set it. `load` lets JAX keep what it compiles
for the next process, unless JAX has a cache already or GENOMICS_CACHE is `off`.

Nothing is imported before it is asked for: `import genomics` alone costs no time.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genomics.api.figures import heatmap, logo
    from genomics.api.load import load
    from genomics.api.run import Run
    from genomics.api.scores import Scores
    from genomics.api.stored import read_scores
    from genomics.api.transformations import deeplift, dense, effects, integrated_gradients, ism, lrp
    from genomics.errors import InputError
    from genomics.tracing.columns.table import register

__version__ = "0.1.0"

#: In the order in which the page of `make api` tells them.
__all__ = [  # noqa: RUF022
    "load",
    "Run",
    "Scores",
    "read_scores",
    "logo",
    "heatmap",
    "deeplift",
    "lrp",
    "integrated_gradients",
    "ism",
    "dense",
    "effects",
    "register",
    "InputError",
]

# Name -> module, for what is imported when it is first asked for.
_HOMES = {
    "InputError": "errors",
    "Run": "api.run",
    "Scores": "api.scores",
    "heatmap": "api.figures",
    "load": "api.load",
    "logo": "api.figures",
    "read_scores": "api.stored",
    "register": "tracing.columns.table",
    **dict.fromkeys(("deeplift", "dense", "effects", "integrated_gradients", "ism", "lrp"), "api.transformations"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'genomics' has no attribute {name!r}; it has {', '.join(__all__)}")
    found = getattr(importlib.import_module(f"genomics.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
