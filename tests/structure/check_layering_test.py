# SPDX-License-Identifier: Apache-2.0
"""The layering checker accepts a tree that keeps the rules, and names the line that breaks one."""
import unittest

from temporary_tree import TreeTest

GOOD = {
    "src/foundation/error.hpp": "#include <string>\n",
    "src/tpm/tpm.hpp": '#include "foundation/error.hpp"\n',
    "src/tpm/esys.cpp": '#include "tpm/tpm.hpp"\n#include <sys/stat.h>\n#include <tss2/tss2_esys.h>\n',
    "src/tpm/CMakeLists.txt": "da_stage(tpm\n    SOURCES esys.cpp\n    USES foundation\n    LINKS PkgConfig::TSS2\n)\n",
    "src/cloud/curl_http.cpp": "#include <curl/curl.h>\n",
    "src/cloud/dps.hpp": '#include "foundation/error.hpp"\n',
    "src/cloud/dps_test.cpp": '#include "tests/support/fake.hpp"\n#include <gtest/gtest.h>\n',
    "tests/support/fake.hpp": '#include "cloud/dps.hpp"\n#include "tpm/tpm.hpp"\n',
    "emulator/server.cpp": '#include "foundation/error.hpp"\n#include <boost/asio.hpp>\n',
}


class CheckLayering(TreeTest):
    checker = "check-layering"

    def assert_refused_with(self, path, text, message):
        self.assert_refused({**GOOD, path: text}, message)

    def test_a_tree_that_keeps_the_rules(self):
        self.assert_accepted(GOOD)

    def test_a_stage_that_includes_against_the_flow(self):
        self.assert_refused_with("src/tpm/bad.cpp", '\n#include "cloud/dps.hpp"\n',
                                 "src/tpm/bad.cpp:2: src/tpm may not use src/cloud")

    def test_a_relative_path_does_not_hide_it(self):
        self.assert_refused_with("src/cloud/bad.cpp", '#include "../tpm/tpm.hpp"\n', "src/cloud may not use src/tpm")

    def test_the_emulator_does_not_use_the_agent(self):
        self.assert_refused_with("emulator/bad.cpp", '#include "cloud/dps.hpp"\n', "emulator may not use src/cloud")

    def test_code_that_is_shipped_does_not_use_tests(self):
        self.assert_refused_with("src/cloud/bad.cpp", '#include "tests/support/fake.hpp"\n',
                                 "src/cloud may not use tests")

    def test_a_third_party_outside_its_adapter(self):
        self.assert_refused_with("src/cloud/dps.cpp", "#include <curl/curl.h>\n",
                                 "src/cloud/dps.cpp:1: <curl/> belongs to: src/cloud/curl_http.cpp")

    def test_json_in_a_header_of_the_agent(self):
        self.assert_refused_with("src/cloud/reply.hpp", "#include <nlohmann/json.hpp>\n", "<nlohmann/> belongs to")

    def test_a_third_party_that_nobody_decided_on(self):
        self.assert_refused_with("src/cloud/dps.cpp", "#include <folly/String.h>\n", "does not know")

    def test_a_part_without_a_rule(self):
        self.assert_refused_with("src/helpers/all.hpp", "", "has no rule")

    def test_a_header_that_does_not_exist(self):
        self.assert_refused_with("src/cloud/dps.cpp", '#include "curl/curl.h"\n', "is not in this tree")

    def test_a_link_against_the_flow(self):
        self.assert_refused_with("src/tpm/CMakeLists.txt", "da_stage(tpm SOURCES esys.cpp USES foundation cloud)\n",
                                 "src/tpm may not be linked with src/cloud")

    def test_an_empty_tree_is_not_a_success(self):
        self.assert_refused({"README.md": ""}, "holds no sources")


if __name__ == "__main__":
    unittest.main()
