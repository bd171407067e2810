// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "config/problem.hpp"
#include "foundation/error.hpp"
#include "output.hpp"

#include <iostream>

namespace {

using namespace device_agent;
using image_app::Invocation;

constexpr const char* footer = R"(
Exit codes: 0 done, and nothing worse than a warning; 1 the image must not be built so, or something else failed;
2 usage; 3 a manifest, unit section, configuration or lock file is wrong or unreadable.

While an image is built:
  device-agent-image scan --root ROOTFS                       who will need a connection, and why
  device-agent-image plan --root ROOTFS --lock FILE --base FILE
                                                              give each a slot, and write it into the image
  device-agent-image check --root ROOTFS --lock FILE          is it fit to be shipped?)";

// CLI11 first asks for a subcommand, and would not name the word that it did not know.
int explain_usage(const CLI::App& program, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
    const auto words = program.remaining();
    if (program.get_subcommands().empty() && !words.empty()) {
        std::cerr << "device-agent-image: '" << words.front() << "' is not known here\n"
                  << "Run with --help for more information.\n";
    } else {
        program.exit(error);
    }
    return translate(ErrorCode::usage).exit_code;
}

int report(const Error& error, bool as_json) {
    std::cerr << explain(error) << '\n';
    if (as_json) {
        nlohmann::ordered_json json{
            {"error", {{"code", translate(error.code()).name}, {"message", explain(error)}}}};
        if (const auto* wrong = dynamic_cast<const config::ConfigurationError*>(&error))
            json["problems"] = image_app::to_json(wrong->problems());
        image_app::print(std::cout, json);
    }
    // The tool has three kinds of failure; whatever else an error is, it is the first.
    const auto code = error.code();
    const bool has_own_code = code == ErrorCode::usage || code == ErrorCode::configuration;
    return translate(has_own_code ? code : ErrorCode::internal).exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    Invocation invocation;
    CLI::App program{
        "Plans at build time which applications of an image get an Azure IoT identity. Runs on the machine "
        "that "
        "builds the image, and reads nothing outside its root file system.",
        "device-agent-image"};
    program.set_version_flag("--version", DEVICE_AGENT_VERSION);
    program.require_subcommand(1);
    program.fallthrough();  // --root and --json may also stand behind the subcommand
    program.add_option("--root", invocation.root, "The root file system, unpacked into a folder")
        ->type_name("FOLDER");
    program.add_flag("--json", invocation.json, "Print JSON instead of text");
    image_app::add_scan(program, invocation);
    image_app::add_plan(program, invocation);
    image_app::add_check(program, invocation);
    image_app::add_schema(program, invocation);
    program.footer(footer);  // last: a subcommand takes over the footer that stands when it is added

    try {
        program.parse(argc, argv);
        if (invocation.root.empty() && !program.got_subcommand("schema")) throw CLI::RequiredError("--root");
        return invocation.run();
    } catch (const CLI::ParseError& error) {
        return explain_usage(program, error);
    } catch (const Error& error) {
        return report(error, invocation.json);
    } catch (const std::exception& error) {
        return report(Error(ErrorCode::internal, error.what()), invocation.json);
    }
}
