"""junit_counts.py REPORT: prints how many tests passed and failed in a JUnit report; skipped ones are neither."""

import sys
import xml.etree.ElementTree as xml


def counts(path: str) -> tuple[int, int]:
    passed = failed = 0
    try:
        cases = list(xml.parse(path).iter("testcase"))
    except (OSError, xml.ParseError):
        return 0, 0
    for case in cases:
        outcome = {child.tag for child in case}
        if outcome & {"failure", "error"} or case.get("status") == "fail":
            failed += 1
        elif "skipped" not in outcome and case.get("status") not in ("notrun", "disabled"):
            passed += 1
    return passed, failed


if __name__ == "__main__":
    print(*counts(sys.argv[1]))
