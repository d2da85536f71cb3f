"""Programs killed, stopped, run twice, and on disks that fail: is anything lost, or silently wrong?

  python -m tests.faults.campaign [--kills=50] [--sizes=40] [--only=scan.py] [--folder=DIR]

Prints a table (case, tried, held) and ends with status 1 where one did not hold. What held means: the results are those
of an undisturbed run, byte by byte but for when and where; a program that could not go on said so in one line and ended
with status 2 (130 and 143 after SIGINT and SIGTERM). An hour or two on 2 cores with 50 kills; minutes with --kills=2.
"""

import argparse
import tempfile
from pathlib import Path

from tests.faults import cluster, disks, shards
from tests.faults.cases import CASES, MOUNTING, formats
from tests.faults.tries import Campaign


def main() -> int:
    """Runs the campaign."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50, help="SIGKILLs of each program; of the other cases a tenth")
    parser.add_argument("--sizes", type=int, default=40, help="of disks for each format")
    parser.add_argument("--only", default="", help="programs whose name holds this, and nothing else")
    parser.add_argument("--cases", default="", help="cases whose name holds this")
    parser.add_argument("--folder", help="where to work; kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(given.folder or temporary).resolve() / "campaign"
        folder.mkdir(parents=True)
        why = disks.available("tmpfs", folder)
        campaign = Campaign(folder, given.kills, given.only)
        for case, outcomes in CASES.items():
            if given.cases not in case:
                continue
            if why and case in MOUNTING:
                print(f"{case}: left out: {why}")
                continue
            for name in campaign.programs:
                campaign.add(f"{case}: {name}", outcomes(campaign, name))
        if not given.only:
            for kind in ("tmpfs", "limit"):
                reason = disks.available(kind, folder)
                if reason:
                    print(f"formats, {kind}: left out: {reason}")
                elif given.cases in "formats":
                    campaign.add(f"formats on a full disk ({kind})", formats(folder / kind, kind, given.sizes))
            for module in (shards, cluster):
                for case, outcomes in module.CASES.items():
                    if given.cases in case:
                        campaign.add(case, outcomes(campaign.place()))
        return campaign.end()


if __name__ == "__main__":
    raise SystemExit(main())
