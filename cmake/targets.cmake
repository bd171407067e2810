# da_stage(NAME SOURCES… [USES stages…] [LINKS third-party…] [TESTS unit tests…] [TEST_USES stages…])
#
# One stage of the agent: a static library da_NAME. USES are the stages that its headers and sources may include
# (PUBLIC, since their types appear in its interface); LINKS stay PRIVATE: no other stage sees them.
function(da_stage name)
    cmake_parse_arguments(PARSE_ARGV 1 STAGE "" "" "SOURCES;USES;LINKS;TESTS;TEST_USES")
    add_library(da_${name} STATIC ${STAGE_SOURCES})
    target_include_directories(da_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    list(TRANSFORM STAGE_USES PREPEND da_)
    target_link_libraries(da_${name} PUBLIC ${STAGE_USES} PRIVATE ${STAGE_LINKS})
    if(DEVICE_AGENT_TESTS AND STAGE_TESTS)
        list(TRANSFORM STAGE_TEST_USES PREPEND da_)
        da_test(${name}_test SOURCES ${STAGE_TESTS} LINKS da_${name} ${STAGE_TEST_USES} ${STAGE_LINKS})
    endif()
endfunction()

# da_test(NAME SOURCES… [LINKS…] [LABELS…]): a GoogleTest program, each of its tests known to ctest by name.
function(da_test name)
    cmake_parse_arguments(PARSE_ARGV 1 TEST "" "TIMEOUT" "SOURCES;LINKS;LABELS")
    if(NOT TEST_LABELS)
        set(TEST_LABELS unit)
    endif()
    if(NOT TEST_TIMEOUT)
        set(TEST_TIMEOUT 300)  # ends what hangs; says nothing of speed
    endif()
    add_executable(${name} ${TEST_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} PRIVATE ${TEST_LINKS} GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60
                         PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT ${TEST_TIMEOUT})
endfunction()
