// SPDX-License-Identifier: Apache-2.0
#include "tests/support/elf_maker.hpp"

#include <cstdint>
#include <elf.h>

namespace device_agent::support {
namespace {

class Writer {
public:
    explicit Writer(const ElfRecipe& recipe) : recipe_(recipe) {}

    void put(std::uint64_t value, unsigned bytes) {
        for (unsigned i = 0; i < bytes; ++i) {
            const unsigned at = recipe_.big_endian ? bytes - 1 - i : i;
            out_ += static_cast<char>((value >> (8 * at)) & 0xffU);
        }
    }
    void half(std::uint64_t value) { put(value, 2); }
    void word(std::uint64_t value) { put(value, 4); }
    // An address, an offset or a size.
    void native(std::uint64_t value) { put(value, recipe_.is_64_bit ? 8 : 4); }

    std::string out_;

private:
    const ElfRecipe& recipe_;
};

constexpr std::uint64_t base_address = 0x10000;

struct Segment {
    std::uint64_t type;
    std::uint64_t offset;
    std::uint64_t size;
};

void put_segment(Writer& to, bool is_64_bit, const Segment& segment) {
    to.word(segment.type);
    if (is_64_bit) to.word(PF_R);
    to.native(segment.offset);
    to.native(base_address + segment.offset);
    to.native(base_address + segment.offset);
    to.native(segment.size);
    to.native(segment.size);
    if (!is_64_bit) to.word(PF_R);
    to.native(8);
}

}  // namespace

std::string make_elf(const ElfRecipe& recipe) {
    const std::string interpreter("/lib/ld.so.1\0", 13);
    std::string strings(1, '\0');
    std::vector<std::pair<std::uint64_t, std::uint64_t>> entries;
    const auto add_text = [&](std::uint64_t tag, const std::string& text) {
        entries.emplace_back(tag, strings.size());
        strings += text + '\0';
    };
    if (!recipe.soname.empty()) add_text(DT_SONAME, recipe.soname);
    for (const auto& name : recipe.needed)
        add_text(DT_NEEDED, name);

    const std::uint64_t header = recipe.is_64_bit ? 64 : 52;
    const std::uint64_t segment_size = recipe.is_64_bit ? 56 : 32;
    const std::uint64_t segments = recipe.is_program ? 3 : 2;
    const std::uint64_t interpreter_at = header + segments * segment_size;
    const std::uint64_t strings_at = interpreter_at + interpreter.size();
    const std::uint64_t dynamic_at = (strings_at + strings.size() + 7) / 8 * 8;
    const std::uint64_t dynamic_size = (entries.size() + 3) * (recipe.is_64_bit ? 16 : 8);
    entries.emplace_back(DT_STRTAB, base_address + strings_at);
    entries.emplace_back(DT_STRSZ, strings.size());
    entries.emplace_back(DT_NULL, 0);

    Writer to(recipe);
    to.out_ = {0x7f,
               'E',
               'L',
               'F',
               static_cast<char>(recipe.is_64_bit ? ELFCLASS64 : ELFCLASS32),
               static_cast<char>(recipe.big_endian ? ELFDATA2MSB : ELFDATA2LSB),
               EV_CURRENT};
    to.out_.resize(EI_NIDENT, '\0');
    to.half(ET_DYN);
    to.half(recipe.machine);
    to.word(EV_CURRENT);
    to.native(0);
    to.native(header);
    to.native(0);
    to.word(0);
    to.half(header);
    to.half(segment_size);
    to.half(segments);
    for (int i = 0; i < 3; ++i)
        to.half(0);
    const auto end = dynamic_at + dynamic_size;
    put_segment(to, recipe.is_64_bit, {PT_LOAD, 0, end});
    if (recipe.is_program) put_segment(to, recipe.is_64_bit, {PT_INTERP, interpreter_at, interpreter.size()});
    put_segment(to, recipe.is_64_bit, {PT_DYNAMIC, dynamic_at, dynamic_size});
    to.out_ += interpreter + strings;
    to.out_.resize(dynamic_at, '\0');
    for (const auto& [tag, value] : entries) {
        to.native(tag);
        to.native(value);
    }
    return to.out_;
}

}  // namespace device_agent::support
