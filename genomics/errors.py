"""The one error for bad input."""


class InputError(ValueError):
    """Something the user gave is wrong: a file, a flag or an argument.

    The message is one line that names the file (or flag), the place in it, the value found and the rule it breaks.
    Programs print it and exit with status 2; from Python it is an ordinary `ValueError`.
    """
