// SPDX-License-Identifier: Apache-2.0
#include "image/elf.hpp"

#include <algorithm>
#include <cstdint>
#include <gelf.h>
#include <libelf.h>
#include <memory>

namespace device_agent::image {
namespace {

// Far beyond what a linker writes.
constexpr std::size_t most_segments = 512;
constexpr std::uint64_t largest_dynamic = 1U << 20U;
constexpr std::uint64_t largest_strings = 1U << 26U;
constexpr std::size_t longest_name = 4096;
constexpr std::size_t most_needed = 4096;

struct EndElf {
    void operator()(Elf* elf) const noexcept { ::elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, EndElf>;

bool library_is_ready() {
    static const bool ready = ::elf_version(EV_CURRENT) != EV_NONE;
    return ready;
}

class Reader {
public:
    explicit Reader(Elf* elf) : elf_(elf) {}

    std::optional<ElfLinks> read() {
        if (::elf_kind(elf_) != ELF_K_ELF || !read_segments() || !dynamic_) return std::nullopt;
        const Elf_Data* entries = chunk(dynamic_->p_offset, dynamic_->p_filesz, largest_dynamic, ELF_T_DYN);
        if (entries == nullptr || !find_strings(*entries)) return std::nullopt;
        for_each(*entries, [&](const GElf_Dyn& entry) {
            if (entry.d_tag == DT_SONAME) links_.soname = text_at(entry.d_un.d_val);
            if (entry.d_tag != DT_NEEDED || links_.needed.size() == most_needed) return;
            if (auto name = text_at(entry.d_un.d_val); !name.empty())
                links_.needed.push_back(std::move(name));
        });
        return std::move(links_);
    }

private:
    bool read_segments() {
        std::size_t count = 0;
        if (::elf_getphdrnum(elf_, &count) != 0) return false;
        for (std::size_t i = 0; i < std::min(count, most_segments); ++i) {
            GElf_Phdr segment{};
            if (::gelf_getphdr(elf_, static_cast<int>(i), &segment) == nullptr) return false;
            if (segment.p_type == PT_INTERP) links_.is_program = true;
            if (segment.p_type == PT_DYNAMIC && !dynamic_) dynamic_ = segment;
            if (segment.p_type == PT_LOAD) loaded_.push_back(segment);
        }
        return true;
    }

    // A piece of the file, at most `most` bytes; null when the file has no such piece.
    Elf_Data* chunk(std::uint64_t offset, std::uint64_t size, std::uint64_t most, Elf_Type type) {
        if (size == 0 || size > most || offset > INT64_MAX) return nullptr;
        return ::elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(offset), size, type);
    }

    template <typename Visit>
    void for_each(const Elf_Data& entries, Visit visit) {
        GElf_Dyn entry{};
        auto* data = const_cast<Elf_Data*>(&entries);  // NOLINT(cppcoreguidelines-pro-type-const-cast): C
        for (int i = 0; ::gelf_getdyn(data, i, &entry) != nullptr && entry.d_tag != DT_NULL; ++i)
            visit(entry);
    }

    // The strings are named by the address that they are loaded to: sections may have been stripped.
    bool find_strings(const Elf_Data& entries) {
        std::uint64_t address = 0;
        std::uint64_t size = 0;
        for_each(entries, [&](const GElf_Dyn& entry) {
            if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
            if (entry.d_tag == DT_STRSZ) size = entry.d_un.d_val;
        });
        for (const auto& segment : loaded_) {
            if (address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz) continue;
            const auto within = address - segment.p_vaddr;
            if (size > segment.p_filesz - within || segment.p_offset > UINT64_MAX - within) return false;
            const auto* strings = chunk(segment.p_offset + within, size, largest_strings, ELF_T_BYTE);
            if (strings == nullptr || strings->d_buf == nullptr) return false;
            strings_ = {static_cast<const char*>(strings->d_buf), strings->d_size};
            return true;
        }
        return false;
    }

    [[nodiscard]] std::string text_at(std::uint64_t offset) const {
        if (offset >= strings_.size()) return {};
        const auto rest = strings_.substr(offset, longest_name + 1);
        const auto end = rest.find('\0');
        return end == std::string_view::npos ? std::string() : std::string(rest.substr(0, end));
    }

    Elf* elf_;
    ElfLinks links_;
    std::optional<GElf_Phdr> dynamic_;
    std::vector<GElf_Phdr> loaded_;
    std::string_view strings_;
};

std::optional<ElfLinks> read(const ElfHandle& elf) {
    return elf ? Reader(elf.get()).read() : std::nullopt;
}

}  // namespace

std::optional<ElfLinks> read_elf(int file) {
    if (!library_is_ready()) return std::nullopt;
    return read(ElfHandle(::elf_begin(file, ELF_C_READ, nullptr)));
}

std::optional<ElfLinks> read_elf(std::string_view content) {
    if (!library_is_ready() || content.empty()) return std::nullopt;
    std::string copy(content);  // libelf asks for bytes that it might change
    return read(ElfHandle(::elf_memory(copy.data(), copy.size())));
}

}  // namespace device_agent::image
