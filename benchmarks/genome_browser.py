"""A contribution track as genome browsers draw it: igv.js, in a Chromium without a window, to a picture.

npm install igv
python -m benchmarks.genome_browser --fasta=genome.fa --track=run/interpret/tracks/deeplift/CTCF.bw --region=c:9-99

Needs playwright (`pip install playwright`) and Chromium. Nothing is asked of the network.
"""

import json
import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from absl import flags
from playwright.sync_api import Route, sync_playwright

from benchmarks.report import chromium
from genomics.command import run
from genomics.errors import InputError
from genomics.io.genome import open_genome
from genomics.sequence.intervals import parse_region

FASTA = flags.DEFINE_string("fasta", None, "The genome, plain, bgzip or 2bit.", required=True)
TRACK = flags.DEFINE_list("track", None, "bigWig files of observed bases, drawn as letters.", required=True)
REGION = flags.DEFINE_string("region", None, "CONTIG:FIRST-LAST, at most some hundred bases.", required=True)
IGV = flags.DEFINE_string("igv", "node_modules/igv/dist/igv.min.js", "igv.js, as `npm install igv` leaves it.")
OUTPUT = flags.DEFINE_string("output", "genome_browser.png", "The picture.")

_WIDTH = 1000
_HOST = "http://files.test"
_PAGE = """<!doctype html><meta charset="utf-8"><body style="margin:0"><div id="igv"></div>
<script src="{igv}"></script><script>
igv.createBrowser(document.getElementById("igv"), {options})
  .then(() => (document.body.dataset.drawn = "true"), (error) => (document.body.dataset.error = String(error)));
</script>"""


def main(argv: list[str]) -> None:
    del argv
    fasta, tracks = Path(FASTA.value).resolve(), [Path(track).resolve() for track in TRACK.value]
    for path in (*tracks, igv := Path(IGV.value).resolve()):
        if not path.is_file():
            raise InputError(f"{path}: no such file")
    with open_genome(fasta, fasta.parent) as genome:
        place = parse_region(REGION.value, genome.contigs)
    if ":" in place.contig:
        raise InputError(f"--region={REGION.value}: igv.js reads no name of a contig that holds a colon")
    if fasta.suffix == ".2bit":
        reference = {"twoBitURL": _address(fasta)}
    else:
        reference = {"fastaURL": _address(fasta), "indexURL": _address(Path(f"{fasta}.fai"))}
    options = {
        "reference": {"id": fasta.stem, "name": fasta.stem, **reference},
        "locus": f"{place.contig}:{place.start + 1}-{place.end}",
        "showChromosomeWidget": False,
        "tracks": [
            {
                "name": f"{track.parent.name}: {track.stem}",
                "type": "wig",
                "format": "bigwig",
                "url": _address(track),
                "graphType": "dynseq",
                "height": 140,
            }
            for track in tracks
        ],
    }
    _draw(_PAGE.format(igv=_address(igv), options=json.dumps(options).replace("<", "\\u003c")), Path(OUTPUT.value))
    print(f"{options['locus']} of {', '.join(TRACK.value)}: {OUTPUT.value}")


def _address(path: Path) -> str:
    return f"{_HOST}{quote(str(path))}"


def _draw(page: str, output: Path) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": _WIDTH, "height": 900}, device_scale_factor=2)
        tab.route("**/*", lambda route: _answer(route, page))
        tab.goto(f"{_HOST}/")
        tab.wait_for_function("document.body.dataset.drawn || document.body.dataset.error")
        if error := tab.evaluate("document.body.dataset.error"):
            raise InputError(f"igv.js: {error}")
        tab.wait_for_timeout(500)  # letters are drawn after the tracks are there
        tab.locator("#igv").screenshot(path=str(output))
        browser.close()


def _answer(route: Route, page: str) -> None:
    """The page, a file, or the bytes of a file that are asked for; nothing from elsewhere."""
    address = urlsplit(route.request.url)
    if not route.request.url.startswith(_HOST):
        route.abort()
        return
    if address.path == "/":
        route.fulfill(body=page, content_type="text/html")
        return
    path = Path(unquote(address.path))
    if not path.is_file():
        route.fulfill(status=404)
        return
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", route.request.headers.get("range", ""))
    size = path.stat().st_size
    first, last = (int(asked[1]), int(asked[2] or size - 1)) if asked else (0, size - 1)
    with path.open("rb") as file:
        file.seek(first)
        data = file.read(last + 1 - first)
    headers = {"Accept-Ranges": "bytes"}
    if asked:
        headers["Content-Range"] = f"bytes {first}-{first + len(data) - 1}/{size}"
    route.fulfill(status=206 if asked else 200, body=data, headers=headers)


if __name__ == "__main__":
    run(main)
