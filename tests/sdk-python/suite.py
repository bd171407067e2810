# SPDX-License-Identifier: Apache-2.0
"""Runs all tests beside this file, or those that are named (MODULE[.CLASS[.TEST]]).

usage: suite.py SUMMARY [NAME...]      SUMMARY: a file for what JUnit's readers count

The last line of its output is "N passed, N failed".
"""
import sys
import unittest
from pathlib import Path
from xml.sax.saxutils import quoteattr


def main():
    summary, names = Path(sys.argv[1]), sys.argv[2:]
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(Path(__file__).parent), "*_test.py")
    # What the SDK logs is shown of tests that fail.
    result = unittest.TextTestRunner(verbosity=2, buffer=True).run(suite)
    # A class whose emulator does not start is an error beside the tests that ran.
    failed = len(result.failures) + len(result.errors)
    passed = max(result.testsRun - failed, 0)
    summary.write_text(f"<testsuite name={quoteattr('sdk-python')} tests=\"{passed + failed}\" failures=\"{failed}\"/>\n")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
