# SPDX-License-Identifier: Apache-2.0
"""The mutants of scripts/mutate are what they say, and leave everything else alone."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mutation"))
from operators import Source, enums_of  # noqa: E402 (needs the path)

ENUMS = enums_of(["enum class Colour { red, green, blue };"])


def mutants_of(line):
    """What may become of a line in the body of a function."""
    text = f"int body() {{\n    {line}\n}}\n"
    found = Source("a.cpp", text, ENUMS).mutants()
    assert all(mutant.line(text) == 2 for mutant in found)
    return {mutant.apply(text).splitlines()[1].strip() for mutant in found}


class OperatorsTest(unittest.TestCase):
    def test_conditions_are_negated(self):
        self.assertEqual(mutants_of("if (ready()) go();"), {"if (!(ready())) go();", "if (ready()) ;"})
        self.assertIn("if (auto a = b(); !(a.c())) d();", mutants_of("if (auto a = b(); a.c()) d();"))

    def test_comparisons_and_logic_are_swapped(self):
        self.assertEqual(mutants_of("auto a = b == c && d < e;"),
                         {"auto a = b != c && d < e;", "auto a = b == c || d < e;", "auto a = b == c && d <= e;",
                          "auto a = b == c && d > e;"})

    def test_brackets_of_templates_are_no_comparison(self):
        self.assertEqual(mutants_of("std::vector<int> a = b;"), set())

    def test_statements_and_early_returns_are_removed(self):
        self.assertEqual(mutants_of("call(a);"), {";"})
        self.assertEqual(mutants_of("if (a) return;"), {"if (!(a)) return;", "if (a) ;"})
        self.assertEqual(mutants_of("for (auto a : b) continue;"), {"for (auto a : b) ;"})

    def test_declarations_stay(self):
        for line in ("const auto a = b;", "Found found;", "std::map<int, int> a{b};"):
            self.assertEqual(mutants_of(line), set())

    def test_returned_values_are_replaced(self):
        self.assertEqual(mutants_of("return a || b;"), {"return a && b;", "return {};", "return !(a || b);"})
        self.assertEqual(mutants_of("return true;"), {"return false;"})

    def test_enumerators_become_a_sibling(self):
        self.assertEqual(mutants_of("auto a = Colour::red;"), {"auto a = Colour::green;", "auto a = Colour::blue;"})

    def test_numbers_are_off_by_one(self):
        self.assertEqual(mutants_of("auto a = 7;"), {"auto a = 8;", "auto a = 6;"})

    def test_arguments_and_arms_are_swapped(self):
        self.assertIn("f(b, a.c);", mutants_of("f(a.c, b);"))
        self.assertIn("auto a = b ? d : c;", mutants_of("auto a = b ? c : d;"))

    def test_texts_and_comments_are_left_alone(self):
        self.assertEqual(mutants_of('auto a = "b == c";  // d == e'), set())


if __name__ == "__main__":
    unittest.main()
