# da_embed(TARGET NAMESPACE FOLDER FILES…): makes the files' contents part of TARGET, as NAMESPACE::assets() (see
# emulator/page/assets.hpp). A file that changes is embedded anew.
#
# The same file, run as a script, writes the source: cmake -DOUT=… -DNAMESPACE=… -DFOLDER=… -DFILES=a;b -P embed.cmake
if(CMAKE_SCRIPT_MODE_FILE)
    set(rows)
    foreach(file IN LISTS FILES)
        file(READ "${FOLDER}/${file}" content HEX)
        string(REGEX REPLACE "(..)" "\\\\x\\1" content "${content}")
        # One literal a line: a hexadecimal escape would go on into the next digit otherwise.
        string(REGEX REPLACE "((\\\\x..)+)" "\"\\1\"" content "${content}")
        string(LENGTH "${content}" length)
        math(EXPR length "(${length} - 2) / 4")
        string(APPEND rows "        {\"${file}\", std::string_view(${content}, ${length})},\n")
    endforeach()
    file(WRITE "${OUT}" "// Made by cmake/embed.cmake.\n#include \"emulator/page/assets.hpp\"\n\nnamespace ${NAMESPACE} {\n
std::span<const Asset> assets() {\n    static constexpr Asset all[] = {\n${rows}    };\n    return all;\n}\n
}  // namespace ${NAMESPACE}\n")
    return()
endif()

set(DA_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(da_embed target namespace folder)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}_assets.cpp)
    list(TRANSFORM ARGN PREPEND ${folder}/ OUTPUT_VARIABLE paths)
    add_custom_command(
        OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAMESPACE=${namespace} -DFOLDER=${folder} "-DFILES=${ARGN}" -P ${DA_EMBED_SCRIPT}
        DEPENDS ${paths} ${DA_EMBED_SCRIPT}
        VERBATIM)
    target_sources(${target} PRIVATE ${out})
endfunction()
