"""The page in a browser, as its readers have it."""

import contextlib
import re
import shutil

import numpy as np
import pytest

from genomics.data.motifs import motif_database
from genomics.io.scores import read_rows
from genomics.report.page import render
from genomics.report.payload import gather

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

HOSTILE = "</script><img src=x onerror=alert(1)>"
METHODS = ("saliency", "gradient_x_input", "ism")
BROWSERS = ("chromium", "google-chrome", "chromium-browser")
DRAWN = "() => document.documentElement.dataset.ready === 'true' && document.documentElement.dataset.drawn"


@pytest.fixture(scope="module")
def browser():
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a subject's page; afterwards nothing may have been said on the console, or asked of the network."""
    with contextlib.ExitStack() as closing:
        trouble = []

        def open_(subject, width=1280, scheme="light", drawn=DRAWN, scan=None):
            path = tmp_path / "report.html"
            path.write_text(render(gather(subject) | {"scan": scan}), encoding="utf-8")
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            closing.callback(context.close)
            page = context.new_page()
            page.on("console", lambda message: trouble.append(message.text))
            page.on("pageerror", lambda error: trouble.append(str(error)))
            page.on("requestfailed", lambda request: trouble.append(request.url))
            page.on("request", lambda request: request.url.startswith("http") and trouble.append(request.url))
            page.on("dialog", lambda dialog: trouble.append(dialog.message))
            page.goto(f"file://{path}")
            page.wait_for_function(drawn)
            return page

        yield open_
        assert trouble == []


def letters(page, method="saliency"):
    return page.eval_on_selector_all(
        f"[data-method={method}] .plot path", "paths => paths.map(p => p.getAttribute('d'))"
    )


def redrawn(page, act):
    """Does something, and waits until the tracks are drawn again."""
    before = page.evaluate("document.documentElement.dataset.drawn")
    act()
    page.wait_for_function("before => document.documentElement.dataset.drawn !== before", arg=before)


def test_every_part_is_shown_and_every_string_is_text(opened, whole, tmp_path):
    page = opened(whole)
    sections = page.locator("section").evaluate_all("all => all.map(each => '#' + each.id)")
    assert sections == page.locator("nav a").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    assert len(sections) == 12
    assert page.locator("img").count() == 0
    assert page.locator("option", has_text=HOSTILE).count() > 0
    # The first sequence shown is one that the network rightly calls positive.
    positive = [row for row in range(6) if whole.sequences.labels[row, 0]]
    assert int(page.get_by_label("Sequence", exact=True).input_value()) in positive
    assert page.locator("#filters svg.motif").count() == 2
    assert "best possible" not in page.locator("#training .legend").first.inner_text()
    for control in page.locator("select, input").all():
        assert control.evaluate("c => c.labels.length") == 1
    picture = tmp_path / "page.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 50_000


def test_choices_change_what_is_drawn(opened, whole):
    page = opened(whole)
    first = letters(page)
    assert any(first)
    redrawn(page, lambda: page.get_by_label("Sequence", exact=True).select_option("1"))
    second = letters(page)
    assert second != first
    redrawn(page, lambda: page.locator("#sequences").get_by_label("Task").select_option(label=HOSTILE))
    third = letters(page)
    assert third not in (first, second)
    assert page.locator(".chip.chosen strong").inner_text() == HOSTILE
    redrawn(page, lambda: page.get_by_label("Show", exact=True).select_option("50"))
    assert page.locator("[data-method=saliency] .plot").get_attribute("viewBox").split()[2] == "50000"
    redrawn(page, lambda: page.get_by_label("First position shown").fill("60"))
    assert "positions 60 to 109" in page.locator("[data-method=saliency] .plot").get_attribute("aria-label")
    four = letters(page, "ism")
    redrawn(page, lambda: page.get_by_label("Letters", exact=True).select_option("observed"))
    assert letters(page, "ism") == four
    assert sum(map(len, letters(page))) < sum(map(len, third))
    page.locator("summary", has_text="Methods").click()
    redrawn(page, lambda: page.locator("#sequences fieldset").get_by_text("saliency").click())
    assert page.locator("[data-method=saliency]").is_hidden()
    before = page.locator("#ranking li .name").all_inner_texts()
    assert page.locator(".figures li", has_text="highest AUPRC, mean over 3 tasks").inner_text().startswith(before[0])
    assert page.locator("#ranking li .rank").all_inner_texts() == ["1", "2"]
    assert page.locator("#ranking li.first").count() == 0, "a mean has no interval that others could be outside of"
    page.locator("#ranking").get_by_label("Task", exact=True).select_option("CTCF")
    assert page.locator("#ranking li .rank").all_inner_texts() == ["1\u20132"] * 2, "their intervals overlap"
    assert page.locator("#ranking li.first").count() == 0
    page.locator("#ranking").get_by_label("Measure").select_option("top_inside")
    assert page.locator("#ranking li .value").first.inner_text().startswith("0.700")
    assert before == ["saliency", "ism"]


def test_arrow_keys_read_the_scores(opened, whole):
    page = opened(whole)
    redrawn(page, lambda: page.get_by_label("Sequence", exact=True).select_option("3"))
    bases = page.evaluate("JSON.parse(document.getElementById('payload').textContent).scores.bases[3]")
    readout = page.locator("#heat-readout")
    page.locator("#heat-map").focus()
    page.keyboard.press("Home")
    for key, position, base in (
        ("ArrowRight", 1, "A"),
        ("ArrowDown", 1, "C"),
        ("PageDown", 11, "C"),
        ("End", 120, "C"),
    ):
        page.keyboard.press(key)
        told = readout.inner_text()
        own = bases[position]
        assert told.startswith(f"Position {position}: {own}" + (f" → {base}" if own != base else ", the observed base"))
    assert page.locator(".cell-cursor").is_visible()
    page.locator("#tracks").focus()
    for _ in range(2):
        page.keyboard.press("PageUp")
    assert f"Position 100: {bases[100]}" in page.locator(".readout.sticky").inner_text()
    assert page.locator("[data-method=saliency] .value").inner_text()
    # A position whose base is unknown has no effect to tell.
    page.keyboard.press("Home")
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    page.locator("#heat-map").focus()
    page.keyboard.press("ArrowDown")
    assert readout.inner_text() == "Position 7: N → C: not known"


def test_numbers_boxes_and_strands_are_those_of_the_files(opened, whole):
    page = opened(whole)
    row = 1
    redrawn(page, lambda: page.get_by_label("Sequence", exact=True).select_option(str(row)))
    observed = whole.sequences.bases[row]
    names = {name: read_rows(whole.output / "scores.h5", name, slice(row, row + 1))[0] for name in METHODS}
    effects = names["ism"]
    # Of mutation effects: what the observed base is worth beside the mean of the others.
    names["ism"] = names["ism"] - names["ism"].sum(2, keepdims=True) / 3
    for task, position in ((1, 0), (0, 1), (2, 2)):
        redrawn(page, lambda number=task: page.locator("#sequences").get_by_label("Task").select_option(str(number)))
        page.locator("#tracks").focus()
        for _ in range(position + 1):
            page.keyboard.press("ArrowRight")
        for name, scores in names.items():
            told = page.locator(f"[data-method={name}] .value").inner_text().replace("\N{MINUS SIGN}", "-")
            assert float(told) == pytest.approx(scores[task, position, observed[position]], rel=0.01, abs=0.001)
        # The cursor of the map of substitutions is where that of the tracks is, at its first row: A.
        page.locator("#heat-map").focus()
        page.keyboard.press("ArrowUp")
        value = effects[task, position, 0]
        found = page.locator("#heat-readout").inner_text().replace("\N{MINUS SIGN}", "-")
        if observed[position] == 0:
            assert found.endswith("the observed base")
        else:
            told = re.search(r" → A: ([-+][\d.]+), change of the logit", found)
            assert told is not None
            assert float(told[1]) == pytest.approx(value, rel=0.01, abs=0.001)
    truth = whole.sequences.truth
    begin = truth.start[row][truth.start[row] >= 0]
    widths = np.array(whole.sequences.widths)[truth.factor[row][: len(begin)]]
    boxes = page.eval_on_selector_all(
        "[data-method=saliency] rect", "all => all.map(box => [box.x.baseVal.value, box.width.baseVal.value])"
    )
    assert boxes == [[1000 * start, 1000 * width] for start, width in zip(begin.tolist(), widths.tolist(), strict=True)]


def test_a_partner_on_the_other_strand_is_turned_round(opened, whole):
    page = opened(whole)
    (target,) = (motif for motif in motif_database() if motif.identifier == "MA0139.1")
    turned = target.probabilities[::-1, ::-1]
    heights = turned * (2 + np.sum(turned * np.log2(np.maximum(turned, 1e-30)), axis=1, keepdims=True))
    logo = page.locator("#filters svg.motif").nth(1)
    paths = logo.locator("path:not(.zero)").evaluate_all("all => all.map(path => path.getAttribute('d'))")
    found = np.zeros_like(heights)
    for base, path in enumerate(paths):
        points = np.array(re.findall(r"-?\d+", path), float).reshape(-1, 2)
        for position in range(len(found)):
            own = points[points[:, 0] // 1000 == position, 1]
            found[position, base] = np.ptp(own) / 1000 if len(own) else 0
    # The filter's first base stands below base 3 of the partner, which so begins three positions to the left.
    np.testing.assert_allclose(found, heights, atol=0.03)
    places = [each.locator("path").nth(1).get_attribute("transform") for each in page.locator("svg.motif").all()]
    own, partner = (int(re.findall(r"\d+", place)[0]) for place in places)
    assert own - partner == 3000


def test_pointer_reads_the_scores_and_curves(opened, whole):
    page = opened(whole)
    page.locator("#heat-map .cell").hover(position={"x": 300, "y": 30})
    assert "Position 3" in page.locator("#heat-readout").inner_text()
    page.locator("#training .canvas").first.hover(position={"x": 60, "y": 100})
    assert page.locator("#training .readout").first.inner_text() == "epoch 1: training 1.00, validation 1.30"


def a_scan(**kind):
    """As `summarise` gives it: 1,001 bases from 1,000 on in bins of three, and three bins of effects."""
    return {
        "folder": "scan",
        "command": "scan.py",
        "model": "runs/small",
        "genome": "g.fa",
        "tasks": ["CTCF", HOSTILE],
        "variants": 3000,
        "num_contigs": 1,
        "contigs": [{"name": "chr1", "bases": 5000, "scored": 1001}],
        "histogram": {
            "of": "effects",
            "edges": [-1.0, 0.0, 1.0, 2.0],
            "counts": {"CTCF": [5, 90, 2], HOSTILE: [1, 0, 7]},
        },
        "mean": {"CTCF": 0.25, HOSTILE: None},
        "top": [
            {"task": "CTCF", "chrom": "chr1", "position": 1234, "ref": None, "alt": "T", "effect": -2.5},
            {"task": HOSTILE, "chrom": "chr1", "position": 1, "ref": "A", "alt": HOSTILE, "effect": 1.5},
        ],
        **kind,
    }


def test_a_scan_is_read_with_arrow_keys(opened, bare):
    ready = "() => document.querySelectorAll('#scan .canvas svg').length === 2"
    bins = {"CTCF": [0.5, None, *[0.1] * 331, 0.75], HOSTILE: [0.0] * 334}
    track = {"chrom": "chr1", "start": 1000, "end": 2001, "bin": 3, "bins": bins}
    values = "mean |effect| of the three substitutions of a base"
    page = opened(
        bare, drawn=ready, scan=a_scan(kind="effects", values=values, bases=1001, unknown_bases=1, track=[track])
    )
    profile, histogram = page.locator("#scan .canvas").all()
    told = page.locator("#scan .readout")
    profile.focus()
    page.keyboard.press("ArrowRight")
    assert told.first.inner_text() == "chr1:1,002: 0.500"
    page.keyboard.press("End")
    assert told.first.inner_text() == "chr1:2,000: 0.750"  # the last bin holds two bases
    histogram.focus()
    for expected in ("\N{MINUS SIGN}1.00 to 0: 5", "0 to 1.00: 90", "1.00 to 2.00: 2"):
        page.keyboard.press("ArrowRight")
        assert told.nth(1).inner_text() == expected
    rows = page.locator("#scan tbody tr")
    assert rows.first.inner_text().split("\t") == ["1", "chr1:1,234", "? → T", "\N{MINUS SIGN}2.50"]
    page.locator("#scan").get_by_label("Task").select_option(label=HOSTILE)
    shown = f"{HOSTILE[:5]}… ({len(HOSTILE)} nt) +{len(HOSTILE) - 1} bases"
    assert rows.first.inner_text().split("\t") == ["1", "chr1:1", f"A → {shown}", "+1.50"]
    # What was chosen is drawn in the next frame: a key before it goes to the picture that is replaced.
    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    page.locator("#scan .canvas").nth(1).focus()
    page.keyboard.press("ArrowRight")
    assert told.nth(1).inner_text() == "\N{MINUS SIGN}1.00 to 0: 1"


def test_scored_variants_have_no_profile(opened, bare):
    ready = "() => document.querySelectorAll('#scan .canvas svg').length === 1"
    side = {"bases": "ACG", "allele": 1, "values": [0.5, 2, -1]}
    longer = {"bases": "ACTTG", "allele": 3, "values": [0.5, 1, 1, None, -1]}
    place = {"task": "CTCF", "chrom": "chr1", "position": 1234, "effect": -2.5}
    alleles = {"id": HOSTILE, "ref": "C", "alt": "CTT", "output_ref": 1.5, "output_alt": -1, "percentile": 98.76}
    scan = a_scan(
        kind="vcf",
        values="|effect| of an allele",
        records=9,
        skipped={"too long": 2},
        effect_unit="logit",
        background="2,000 random SNVs, seed 0 (f00)",
        assembly="hg38",
        lengths=[
            {"least": -51, "most": None, "alleles": 2, "mean": {"CTCF": 0.5, HOSTILE: 0}},
            {"least": 0, "most": 0, "alleles": 7, "mean": {"CTCF": 0.25, HOSTILE: 0}},
        ],
        top=[place | alleles | {"logos": {"from": -1, "room": 3, "ref": side, "alt": longer}}],
    )
    page = opened(bare, drawn=ready, scan=scan)
    facts = page.locator("#scan dl").inner_text()
    assert "effects of variants" in facts
    assert "2 too long" in facts
    lengths, largest = (table.locator("tbody tr").all_inner_texts() for table in page.locator("#scan table").all()[:2])
    assert [row.split("\t") for row in lengths] == [
        ["deletion, 51 or more", "2", "0.500"],
        ["substitution", "7", "0.250"],
    ]
    told = ["1", "chr1:1,234", HOSTILE, "C → CTT +2 bases", "\N{MINUS SIGN}2.50", "98.8", "+1.50", "\N{MINUS SIGN}1.00"]
    assert largest[0].split("\t") == told
    card = page.locator("#scan .motif-card")
    assert "From chr1:1,233 on" in card.inner_text()
    assert card.get_by_role("link", name="UCSC").get_attribute("href").endswith("hg38&position=chr1%3A1233-1237")
    drawn = card.locator("svg").evaluate_all("all => all.map(svg => svg.getAttribute('viewBox'))")
    assert drawn == ["0 -666.6666666666666 5000 1000"] * 2  # -1 to 2 on both
    columns = [
        sorted({int(number) // 1000 for number in re.findall(r"M(\d+)", " ".join(paths))})
        for paths in (
            svg.locator("path:not(.zero)").evaluate_all("all => all.map(path => path.getAttribute('d'))")
            for svg in card.locator("svg").all()
        )
    ]
    assert columns == [[0, 1, 4], [0, 1, 2, 4]]  # what follows the alleles lies in line; N has no letter


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(opened, whole, scheme):
    page = opened(whole, width=390, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.body.scrollWidth") <= 390
    for details in page.locator("summary").all():
        details.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(", "))) < 150) == (scheme == "dark")


def test_a_network_alone_has_its_page(opened, bare):
    page = opened(bare, drawn="() => document.documentElement.dataset.ready === 'true'")
    hints = page.locator(".hint").all_inner_texts()
    for flag in ("--data=FILE.h5", "--workdir=DIR", "--methods=all", "--methods=filters", "--evaluate", "--scan=DIR"):
        assert any(flag in hint for hint in hints)
    assert page.locator("#data table").count() == 1


def test_a_table_that_is_wider_than_the_screen_says_so(opened, whole):
    narrow = opened(whole, width=420)
    page_wide = "document.documentElement.scrollWidth <= window.innerWidth"
    assert narrow.evaluate(page_wide)
    told = narrow.locator(".swipe:visible").all_inner_texts()
    wide = narrow.evaluate(
        "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    assert sum("sideways" in text for text in told) == wide
    clipped = """[...document.querySelectorAll('label, .rank, .name, .chip *')].filter((e) => e.clientWidth
      && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible').map((e) => e.textContent)"""
    assert narrow.evaluate(clipped) == []
