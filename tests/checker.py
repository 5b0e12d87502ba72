#!/usr/bin/env python3
"""Compares what the gateway says with what was on the air.

    checker.py --url http://127.0.0.1:8080 --key KEY AIRLOG

Reads every outbound message from the API and every submit from the air log of the virtual modems, and says:
lost (accepted, never on the air), sent twice, long messages that changed SIM or order, how evenly the SIMs were used,
and whether each part shows the status report that belongs to it. Exit code 1 when anything is wrong but the spread,
which only counts with --spread.
"""

import argparse
import sys
from urllib.parse import urlsplit

from harness import AirLog, Api
from reckoning import SmscLog, compare, reckon

__all__ = ["SmscLog", "compare", "reckon"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("airlog")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--key", required=True)
    parser.add_argument("--spread", type=float, help="largest deviation from even that is right, 0.1 for 10 %%")
    arguments = parser.parse_args()
    api = Api(urlsplit(arguments.url).port, arguments.key)
    messages = api.every("/api/v1/messages", direction="outbound", limit=500)
    findings = compare(messages, AirLog(arguments.airlog), [sim["iccid"] for sim in api.sims()])
    print(findings)
    uneven = arguments.spread is not None and findings.spread > arguments.spread
    return 1 if findings.wrong or uneven else 0


if __name__ == "__main__":
    sys.exit(main())
