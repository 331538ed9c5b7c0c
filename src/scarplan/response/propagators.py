"""Exact solutions of small linear chains over many different times; a small program that compiles fast and runs wide.

Matrices are [n n ...] with the draws last, so that every operation works on whole rows of draws. (`exponential.py` has
the two places last, for one length of step.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

# Norms up to 10 become at most 10 / 2^8 = 0.04, where 8 terms leave 0.04^9 / 9! < 1e-18.
_HALVINGS = 8
_TERMS = 8

#: `propagators` or `propagators_for_reverse`.
Propagators: TypeAlias = Callable[..., Float[Array, "row n n *batch"]]
Entries = dict[tuple[int, int], Float[Array, "*batch"]]


def matrix_of(entries: Entries, size: int) -> Float[Array, "n n *batch"]:
    """Return the matrix with these entries by (row, column), 0 elsewhere."""
    # A sum of entries, each at its place, compiles much faster than stacking rows of them.
    return _sum([value * _unit(place, size, value) for place, value in entries.items()])


def propagators(
    rates: Float[Array, "n n *batch"], counts: Int[Array, " row"], *, largest: int
) -> Float[Array, "row n n *batch"]:
    """Return exp(rates * count) for every whole number of `counts`, which are at most `largest`, by squaring."""
    one = _identity(rates)
    by_row = counts.reshape(-1, *(1 for _ in rates.shape[2:]))
    start = jnp.broadcast_to(one[:, :, None], (*rates.shape[:2], counts.size, *rates.shape[2:]))

    def take_bit(bit: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        power, found = carry
        taken = jnp.where((by_row >> bit) & 1 == 1, product(power[:, :, None], found), found)
        return product(power, power), taken

    first = _exponential(rates, one)
    found = jax.lax.fori_loop(0, largest.bit_length(), take_bit, (first, start))[1]
    return jnp.moveaxis(found, 2, 0)


def propagators_for_reverse(
    rates: Float[Array, "n n *batch"], counts: Int[Array, " row"], *, largest: int
) -> Float[Array, "row n n *batch"]:
    """Return what `propagators` returns, for reverse mode alone, in which it is several times as fast."""
    return _powers(_exponential(rates, _identity(rates)), counts, largest)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def _powers(
    first: Float[Array, "n n *batch"], counts: Int[Array, " row"], largest: int
) -> Float[Array, "row n n *batch"]:
    return _raise(first, counts, largest)[0]


def _raise(first: Array, counts: Array, largest: int) -> tuple[Array, tuple[Array, Array, Array]]:
    """Return the powers, and before each bit of the counts the square and the powers so far."""
    start = jnp.broadcast_to(_identity(first)[:, :, None], (*first.shape[:2], counts.size, *first.shape[2:]))

    def take_bit(carry: tuple[Array, Array], bit: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        power, found = carry
        taken = jnp.where(_has(counts, bit, found), product(power[:, :, None], found), found)
        return (product(power, power), taken), carry

    (_, found), before = jax.lax.scan(take_bit, (first, start), jnp.arange(largest.bit_length()))
    return jnp.moveaxis(found, 2, 0), (counts, *before)


def _undo_powers(largest: int, kept: tuple[Array, Array, Array], by_powers: Array) -> tuple[Array, None]:
    counts, powers, founds = kept

    def undo_bit(carry: tuple[Array, Array], before: tuple[Array, Array, Array]) -> tuple[tuple[Array, Array], None]:
        (by_square, by_found), (bit, power, found) = carry, before
        turned, has = jnp.swapaxes(power, 0, 1), _has(counts, bit, found)
        by_taken = jnp.where(has, by_found, 0.0)
        by_power = jnp.sum(product(by_taken, jnp.swapaxes(found, 0, 1)), axis=2)
        by_power = by_power + product(by_square, turned) + product(turned, by_square)
        return (by_power, jnp.where(has, product(turned[:, :, None], by_found), by_found)), None

    bits = jnp.arange(largest.bit_length())
    start = (jnp.zeros_like(powers[0]), jnp.moveaxis(by_powers, 0, 2))
    return jax.lax.scan(undo_bit, start, (bits, powers, founds), reverse=True)[0][0], None


_powers.defvjp(_raise, _undo_powers)


def _has(counts: Int[Array, " row"], bit: Array, like: Array) -> Array:
    return (counts.reshape(-1, *(1 for _ in like.shape[3:])) >> bit) & 1 == 1


def product(left: Float[Array, "n n *batch"], right: Float[Array, "n n *batch"]) -> Float[Array, "n n *batch"]:
    """Return the product of two matrices."""
    return _sum([left[:, k, None] * right[None, k] for k in range(left.shape[0])])


def applied(matrix: Float[Array, "n n *batch"], values: Array) -> Array:
    """Return the product of a matrix and a column [n ...]."""
    return _sum([matrix[:, k] * values[k] for k in range(matrix.shape[1])])


def _exponential(rates: Float[Array, "n n *batch"], one: Float[Array, "n n *batch"]) -> Float[Array, "n n *batch"]:
    small = rates / 2.0**_HALVINGS
    series = jax.lax.fori_loop(0, _TERMS, lambda number, total: one + product(small, total) / (_TERMS - number), one)
    return jax.lax.fori_loop(0, _HALVINGS, lambda _, matrix: product(matrix, matrix), series)


def _identity(like: Float[Array, "n n *batch"]) -> Float[Array, "n n *batch"]:
    eye = jnp.eye(like.shape[0], dtype=like.dtype)
    return jnp.broadcast_to(eye.reshape(*eye.shape, *(1 for _ in like.shape[2:])), like.shape)


def _unit(place: tuple[int, int], size: int, like: Float[Array, "*batch"]) -> Float[np.ndarray, "n n *ones"]:
    one = np.zeros((size, size, *(1 for _ in like.shape)))
    one[place] = 1.0
    return one


def _sum(terms: list[Array]) -> Array:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
