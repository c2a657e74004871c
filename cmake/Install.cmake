# `make install`: the program, its kubectl name, the library and its CMake package.
include(CMakePackageConfigHelpers)

if(TARGET xdscope)
  install(TARGETS xdscope RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # kubectl runs a program named kubectl-NAME as `kubectl NAME`.
  install(CODE "
    set(link \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/kubectl-xdscope\")
    file(CREATE_LINK xdscope \"\${link}\" SYMBOLIC)
    message(STATUS \"Installing: \${link} -> xdscope\")")
endif()

# The package names what the library is linked with, so all of that must be packages, too.
foreach(dependency fmt simdjson nlohmann_json re2 yaml)
  if(DEFINED ${dependency}_SOURCE_DIR)
    message(STATUS "xdscope: ${dependency} was fetched, so the library will not be installed")
    return()
  endif()
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/xdscope)
set_target_properties(xdscope_core PROPERTIES EXPORT_NAME xdscope OUTPUT_NAME xdscope)
set_target_properties(xdscope_dep_re2 PROPERTIES EXPORT_NAME dep_re2)
set_target_properties(xdscope_dep_yaml PROPERTIES EXPORT_NAME dep_yaml)
set_target_properties(xdscope_dep_jq PROPERTIES EXPORT_NAME dep_jq)

install(TARGETS xdscope_core xdscope_dep_re2 xdscope_dep_yaml xdscope_dep_jq EXPORT xdscope
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/xdscope DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT xdscope NAMESPACE xdscope:: FILE xdscopeTargets.cmake DESTINATION ${package_dir})

configure_package_config_file(cmake/xdscopeConfig.cmake.in xdscopeConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(xdscopeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/xdscopeConfig.cmake
              ${PROJECT_BINARY_DIR}/xdscopeConfigVersion.cmake DESTINATION ${package_dir})
