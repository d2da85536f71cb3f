#!/usr/bin/env bash
# A function that came back from jax.export cannot be batched by jax.vmap
#
# One would expect `jax.vmap(exported.call)` to work, by a loop if need be, as `jax.vmap` does for other calls of
# fixed shapes, or for `exported.call` to say that it cannot.
#
# It ends in a NotImplementedError about a primitive, whether or not a derivative was kept (`serialize(vjp_order=1)`),
# and in spite of `jax.lax.map`, which gives the answer.
#
# jax 0.10.2 and 0.12.0.1, flatbuffers 25.12.19, Python 3.11 (0.10.2 here). Seen:
#   vjp_order=0 vmap: NotImplementedError: Batching rule for 'call_exported' not implemented
#   vjp_order=0 lax.map: (3, 4)
#   vjp_order=1 vmap: NotImplementedError: Batching rule for 'call_exported' not implemented
#   vjp_order=1 lax.map: (3, 4)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jax==0.10.2 flatbuffers==25.12.19
venv/bin/python - <<'PY'
import sys

import jax
import jax.numpy as jnp
from jax import export

exported = export.export(jax.jit(lambda x: jnp.tanh(x).sum(0)))(jax.ShapeDtypeStruct((8, 4), jnp.float32))
x = jnp.ones((3, 8, 4))
print("Python", sys.version.split()[0])
for order in (0, 1):
    function = export.deserialize(exported.serialize(vjp_order=order)).call
    try:
        jax.vmap(function)(x)
        raise SystemExit("it can be batched now")
    except NotImplementedError as error:
        print(f"vjp_order={order} vmap: NotImplementedError: {error}")
        assert "call_exported" in str(error)
    mapped = jax.lax.map(function, x)
    print(f"vjp_order={order} lax.map: {mapped.shape}")
    assert jnp.allclose(mapped, jnp.tanh(1.0) * 8)
PY
