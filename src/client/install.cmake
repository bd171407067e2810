# What an application needs to build with the library: headers, a CMake package (find_package(device-agent-client)) and
# a pkg-config file (device-agent-client).
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/device-agent-client)

# The package may be unpacked anywhere: its files find each other by the way from one to the other.
file(RELATIVE_PATH up_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" up_to_prefix "${up_to_prefix}")
configure_file(device-agent-client.pc.in device-agent-client.pc @ONLY)
configure_package_config_file(device-agent-client-config.cmake.in device-agent-client-config.cmake
                              INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(device-agent-client-config-version.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS device_agent_client EXPORT device-agent-client
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client NAMELINK_COMPONENT client-dev)
install(EXPORT device-agent-client NAMESPACE device-agent-client:: FILE device-agent-client-targets.cmake
        DESTINATION ${package} COMPONENT client-dev)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/device-agent-client-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/device-agent-client-config-version.cmake
        DESTINATION ${package} COMPONENT client-dev)
install(FILES ${PROJECT_SOURCE_DIR}/include/device_agent/client.h ${PROJECT_SOURCE_DIR}/include/device_agent/client.hpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/device_agent COMPONENT client-dev)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/device-agent-client.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT client-dev)
