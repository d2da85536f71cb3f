"""`report.html`: one file that needs no network, and that a strict browser policy lets run nothing but its own code."""

import base64
import hashlib
import html
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

from genomics.io.atomic import write_text
from genomics.report.payload import Subject, gather

NAME = "report.html"
#: In the order in which they are joined to one script: what is used at the start stands first.
SCRIPTS = (
    "dom.js",
    "numbers.js",
    "scores.js",
    "logo.js",
    "chart.js",
    "intervals.js",
    "cards.js",
    "training.js",
    "view.js",
    "tracks.js",
    "heatmap.js",
    "explorer.js",
    "motifs.js",
    "patterns.js",
    "ranking.js",
    "faithfulness.js",
    "randomization.js",
    "experiments.js",
    "alleles.js",
    "scan.js",
    "provenance.js",
    "main.js",
)
# What could end the element that holds the data, or a line of it.
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def write_report(subject: Subject) -> Path:
    """Gathers what there is, and writes `OUTPUT/report.html`.

    Returns:
      The path of the page.

    Raises:
      InputError: a file that the page shows is damaged, or the page cannot be written.
    """
    path = subject.output / NAME
    text = render(gather(subject))
    write_text(path, text)
    return path


def render(payload: dict[str, Any]) -> str:
    """The page of a payload."""
    template = resources.files("genomics.report") / "template"
    style, script = (
        "\n".join((template / name).read_text(encoding="utf-8") for name in names) for names in (("page.css",), SCRIPTS)
    )
    parts = {
        "TITLE": html.escape(f"{payload['title']}: why the network says so"),
        "STYLE_HASH": _digest(style),
        "SCRIPT_HASH": _digest(script),
        "STYLE": style,
        "SCRIPT": script,
        "PAYLOAD": escaped(payload),
    }
    page = (template / "page.html").read_text(encoding="utf-8")
    # In one pass: what is put in is not searched again.
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page)


def escaped(payload: Any) -> str:
    """JSON that is safe inside an HTML element, whatever its strings hold.

    Raises:
      ValueError: a number is not finite.
    """
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # These characters occur within strings alone, where JSON reads the escape as the character.
    return text.translate(_ESCAPES)


def _digest(text: str) -> str:
    """The name under which the page's policy allows an inline element."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
