# SPDX-License-Identifier: Apache-2.0
"""A small tree of files in a temporary folder, and a checker run on it."""
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


class TreeTest(unittest.TestCase):
    checker = ""  # the script's name, set by each test class

    def run_on(self, files):
        """Exit code and messages of the checker on a tree of these files ({path: text})."""
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                target = Path(folder) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
            result = subprocess.run([SCRIPTS / self.checker, "--root", folder], capture_output=True, text=True, check=False)
            return result.returncode, result.stdout + result.stderr

    def assert_accepted(self, files):
        code, messages = self.run_on(files)
        self.assertEqual(code, 0, messages)

    def assert_refused(self, files, message):
        code, messages = self.run_on(files)
        self.assertEqual(code, 1, messages)
        self.assertIn(message, messages)
