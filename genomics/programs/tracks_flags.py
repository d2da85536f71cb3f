"""`--tracks` and `--tracks=bases`."""

from absl import flags

_OFF, _ON = ("false", "no"), ("true", "contributions")


class _Parser(flags.ArgumentParser):
    """Reads a flag that may stand without a value."""

    syntactic_help = "contributions or bases"

    def parse(self, argument: str | None) -> str | None:
        if argument is None or argument in _OFF:
            return None
        if argument in _ON:
            return "contributions"
        if argument != "bases":
            raise ValueError("must be contributions or bases")
        return argument

    def flag_type(self) -> str:
        return "string"


class _Flag(flags.Flag):
    def __init__(self, name: str, text: str):
        super().__init__(_Parser(), flags.ArgumentSerializer(), name, None, text, boolean=True)


TRACKS = flags.DEFINE_flag(
    _Flag(
        "tracks",
        "Also write the contribution of each observed base as a bigWig file for each method and task, for sequences "
        "with a place in a genome; bases: also the scores of all four bases, of ism and hypothetical ones.",
    )
)
