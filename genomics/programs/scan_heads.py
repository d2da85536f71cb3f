"""Which heads of a network a scan is about, beside the number that is explained."""

from collections.abc import Sequence

from genomics.errors import InputError
from genomics.lenses.coverage import Coverage, coverage_of
from genomics.lenses.networks import one_network
from genomics.lenses.units import WORDS, check_unit
from genomics.models.predictor import Predictor
from genomics.scan.vcf_scores import VCF_SCORES


def checked_coverage(predictor: Predictor, further: Sequence[str], gauge: str) -> Coverage | None:
    """The profile and the counts of the network, where a score is about them; of counts alone, the number explained.

    Raises:
      InputError: a score does not suit the number that is explained, or the network has no such heads.
    """
    check_unit(gauge, predictor.unit)
    for name in further:
        needs = VCF_SCORES[name].unit
        if needs is not None and needs != predictor.unit:
            given = WORDS[predictor.unit]
            raise InputError(f"--vcf_scores={name}: is of a {WORDS[needs]}; this network gives a {given}")
    about = [name for name in further if VCF_SCORES[name].heads]
    if not about:
        return None
    try:
        return heads_of(predictor, f"--vcf_scores={','.join(about)}")
    except InputError:
        if about == ["log2_fold_change"] and predictor.unit == "natural log":
            return None
        raise


def heads_of(predictor: Predictor, asked: str) -> Coverage:
    """The profile and the log counts of a network, on the strands that are asked for.

    Raises:
      InputError: it has no such heads; the message begins with the flag that asks for them.
    """
    parameters = one_network(predictor.parameters, predictor.replicates)
    try:
        return coverage_of(
            predictor.heads, parameters, predictor.length, strands=predictor.strands, pairs=predictor.pairs
        )
    except InputError as error:
        raise InputError(f"{asked}: {error}") from None
