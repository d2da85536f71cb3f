"""RMSprop as Keras defines it."""

import optax


def rmsprop(learning_rate: float) -> optax.GradientTransformation:
    """`v <- 0.9 v + 0.1 g^2`, `p <- p - learning_rate g / (sqrt(v) + 1e-7)` (Tieleman & Hinton 2012, lecture 6.5).

    optax puts epsilon inside the square root unless told otherwise; Keras, with which the lab trained, outside.
    """
    return optax.rmsprop(learning_rate, decay=0.9, eps=1e-7, eps_in_sqrt=False)
