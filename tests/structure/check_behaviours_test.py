# SPDX-License-Identifier: Apache-2.0
"""The behaviours checker accepts references to tests that exist, and names the row that refers to none."""
import unittest

from temporary_tree import TreeTest

TREE = {
    "src/cloud/dps_test.cpp": "TEST(Dps, Registers) {}\nTEST_F(DpsFixture,\n       Polls) {}\n",
    "tests/e2e/blank.test.mjs": "test('a blank TPM', async (t) => {});\nit(\"it's filled\", () => {});\n",
    "tests/sdk/hub_test.py": "class Hub:\n    def test_sends(self):\n        pass\n",
}


def table(*cells):
    return "# Behaviours\n\n| behaviour | test |\n|---|---|\n" + "".join(f"| does it | {cell} |\n" for cell in cells)


class CheckBehaviours(TreeTest):
    checker = "check-behaviours"

    def test_every_kind_of_reference(self):
        self.assert_accepted({**TREE, "docs/behaviours.md": table(
            "`Dps.Registers`", "`DpsFixture.Polls`, `blank.test.mjs: a blank TPM`", "`blank.test.mjs: it's filled`",
            "`hub_test.py: test_sends`")})

    def test_a_google_test_that_does_not_exist(self):
        self.assert_refused({**TREE, "docs/behaviours.md": table("`Dps.Registers`", "`Dps.Gone`")},
                            "docs/behaviours.md:6: there is no test `Dps.Gone`")

    def test_a_node_test_that_does_not_exist(self):
        self.assert_refused({**TREE, "docs/behaviours.md": table("`blank.test.mjs: another title`")},
                            "there is no test `blank.test.mjs: another title`")

    def test_a_python_test_that_does_not_exist(self):
        self.assert_refused({**TREE, "docs/behaviours.md": table("`hub_test.py: test_gone`")},
                            "there is no test `hub_test.py: test_gone`")

    def test_a_script_that_does_not_exist(self):
        self.assert_refused({**TREE, "docs/behaviours.md": table("`scripts/gone`")}, "there is no test `scripts/gone`")

    def test_a_behaviour_without_a_test(self):
        self.assert_refused({**TREE, "docs/behaviours.md": table("by hand")}, "no test is named")

    def test_a_page_without_a_table(self):
        self.assert_refused({**TREE, "docs/behaviours.md": "# Behaviours\n"}, "no table")


if __name__ == "__main__":
    unittest.main()
