"""Double precision: the one place where JAX is told to compute in float64.

Rooms from `injury` on compute in float64, because differences of collagen content of a few 1e-6 decide
the order of plans. JAX computes in float32 unless told otherwise before its first array; every module of
`injury` and `response` is imported after this one.
"""

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)

FLOAT = jnp.float64
