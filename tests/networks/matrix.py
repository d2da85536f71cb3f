"""The matrix: what each transformation makes of each network."""

from tests.networks.checks import engines, gradients, propagation
from tests.networks.checks.outcome import Check

#: Check -> the columns that it fills.
CHECKS: dict[Check, tuple[str, ...]] = {
    engines.incremental: ("incremental",),
    engines.scanned: ("dense", "effects"),
    engines.fields: ("fields",),
    engines.filters: ("filters",),
    engines.pairs: ("epistasis",),
    engines.ism: ("ism",),
    engines.hidden: ("occlusion",),
    gradients.slopes: ("saliency", "gradient_x_input", "corrected_gradient"),
    gradients.paths: ("smoothgrad", "integrated_gradients", "expected_gradients"),
    propagation.guided: ("guided_backprop", "deconvnet"),
    gradients.maps: ("grad_cam", "guided_grad_cam"),
    propagation.contributions: ("deeplift", "deepshap"),
    propagation.relevance: ("lrp",),
}
