"""Methods that pass a gradient back through the network, or something like one."""

from dataclasses import dataclass

from genomics.attribution.corrected_gradient import corrected_gradient
from genomics.attribution.deconvnet import deconvnet
from genomics.attribution.grad_cam import grad_cam
from genomics.attribution.gradient_x_input import gradient_x_input
from genomics.attribution.guided_backprop import guided_backprop
from genomics.attribution.guided_grad_cam import guided_grad_cam
from genomics.attribution.record import Explain, Predict
from genomics.attribution.saliency import saliency
from genomics.attribution.smoothgrad import smoothgrad
from genomics.interpretation.layer_setting import layer_setting
from genomics.interpretation.method import Method, Own
from genomics.interpretation.settings import Settings, setting

# Standard deviation of SmoothGrad's noise.
_SIGMA = 0.1

SALIENCY = Method(
    build=lambda predict, *_: saliency(predict),
    settings=Settings,
    definition="d logit / d x",
    citation="Simonyan, Vedaldi & Zisserman 2013, doi:10.48550/arXiv.1312.6034",
    label="gradient",
)

GRADIENT_X_INPUT = Method(
    build=lambda predict, *_: gradient_x_input(predict),
    settings=Settings,
    definition="x * d logit / d x",
    citation="Shrikumar, Greenside, Shcherbina & Kundaje 2016, doi:10.48550/arXiv.1605.01713",
    label="gradient x input",
)

CORRECTED_GRADIENT = Method(
    build=lambda predict, *_: corrected_gradient(predict),
    settings=Settings,
    definition="d logit / d x, minus its mean over the four bases",
    citation="Majdandzic, Rajesh & Koo 2023, doi:10.1186/s13059-023-02956-3",
    label="corrected gradient",
)


@dataclass(frozen=True, kw_only=True)
class SmoothGrad(Settings):
    """Of SmoothGrad.

    Attributes:
      samples: noisy copies of the sequence.
    """

    samples: int = setting(50, "noisy copies of the sequence", least=1)


def _smoothgrad(predict: Predict, settings: SmoothGrad, own: Own) -> Explain:
    return smoothgrad(predict, key=own.key, samples=settings.samples, sigma=_SIGMA)


SMOOTHGRAD = Method(
    build=_smoothgrad,
    settings=SmoothGrad,
    definition=f"mean of d logit / d x over copies of x with normal noise of standard deviation {_SIGMA}",
    citation="Smilkov, Thorat, Kim, Viégas & Wattenberg 2017, doi:10.48550/arXiv.1706.03825",
    label="mean gradient",
    random=True,
)

GUIDED_BACKPROP = Method(
    build=lambda predict, *_: guided_backprop(predict),
    settings=Settings,
    definition="gradient, where a rectifier with input z passes back max(h, 0) 1[z > 0] of a gradient h",
    citation="Springenberg, Dosovitskiy, Brox & Riedmiller 2014, doi:10.48550/arXiv.1412.6806",
    label="guided gradient",
)

DECONVNET = Method(
    build=lambda predict, *_: deconvnet(predict),
    settings=Settings,
    definition="gradient, where a rectifier passes back max(h, 0) of a gradient h",
    citation="Zeiler & Fergus 2014, doi:10.1007/978-3-319-10590-1_53",
    label="deconvnet",
)


@dataclass(frozen=True, kw_only=True)
class GradCam(Settings):
    """Of Grad-CAM.

    Attributes:
      layer: that it looks at; None = the last convolution.
    """

    layer: str | None = layer_setting("which is looked at instead of the last convolution")


_CAM = "Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra 2017, doi:10.1109/ICCV.2017.74"

GRAD_CAM = Method(
    build=lambda predict, settings, _: grad_cam(predict, layer=settings.layer),
    settings=GradCam,
    definition="max(0, sum over a layer's channels of mean gradient * value), at the middle of receptive fields",
    citation=_CAM,
    label="Grad-CAM",
)

GUIDED_GRAD_CAM = Method(
    build=lambda predict, settings, _: guided_grad_cam(predict, layer=settings.layer),
    settings=GradCam,
    definition="Grad-CAM of the position * guided gradient",
    citation=_CAM,
    label="guided Grad-CAM",
)
