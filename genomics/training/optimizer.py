"""RMSprop, in the two forms that Keras has had."""

import optax


def rmsprop(learning_rate: float, epsilon_in_root: bool = False) -> optax.GradientTransformation:
    """`v <- 0.9 v + 0.1 g^2`, `p <- p - learning_rate g / (sqrt(v) + 1e-7)` (Tieleman & Hinton 2012, lecture 6.5).

    This is Keras before 2.11 (its `optimizers.legacy.RMSprop` since then), with which the lab trained. From 2.11 on,
    Keras 3 included, the step is `learning_rate g / sqrt(v + 1e-7)`: gradients below about 1e-3 then move a parameter
    less, at a first gradient of 1e-5 a hundredth of the way (3.16e-6 against 3.07e-4 at a learning rate of 1e-4).

    Args:
      learning_rate: the largest first step is sqrt(10) times as long.
      epsilon_in_root: Keras's form from 2.11 on.
    """
    return optax.rmsprop(learning_rate, decay=0.9, eps=1e-7, eps_in_sqrt=epsilon_in_root)
