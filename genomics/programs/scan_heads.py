"""Which heads of a network the scores of a VCF are about."""

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
    parameters = one_network(predictor.parameters, predictor.replicates)
    try:
        return coverage_of(
            predictor.heads, parameters, predictor.length, strands=predictor.strands, pairs=predictor.pairs
        )
    except InputError as error:
        if about == ["log2_fold_change"] and predictor.unit == "natural log":
            return None
        raise InputError(f"--vcf_scores={','.join(about)}: {error}") from None
