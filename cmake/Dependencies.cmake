# Debian's packages where they are installed, sources from the projects themselves elsewhere.
include(FetchContent)
find_package(PkgConfig)

FetchContent_Declare(fmt
  GIT_REPOSITORY https://github.com/fmtlib/fmt GIT_TAG 9.1.0
  FIND_PACKAGE_ARGS 9)
FetchContent_Declare(simdjson
  GIT_REPOSITORY https://github.com/simdjson/simdjson GIT_TAG v3.0.1
  FIND_PACKAGE_ARGS 3)
FetchContent_Declare(nlohmann_json
  GIT_REPOSITORY https://github.com/nlohmann/json GIT_TAG v3.11.2
  FIND_PACKAGE_ARGS 3.11)
FetchContent_Declare(CLI11
  GIT_REPOSITORY https://github.com/CLIUtils/CLI11 GIT_TAG v2.1.2
  FIND_PACKAGE_ARGS 2.1)
set(FMT_INSTALL OFF)
FetchContent_MakeAvailable(fmt simdjson nlohmann_json CLI11)

# Debian ships these with pkg-config files only.
function(xdscope_pkg_or_fetch name module repository tag target)
  if(PkgConfig_FOUND)
    pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
  endif()
  add_library(xdscope_dep_${name} INTERFACE)
  if(${name}_FOUND)
    target_link_libraries(xdscope_dep_${name} INTERFACE PkgConfig::${name})
  else()
    FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag})
    FetchContent_MakeAvailable(${name})
    target_link_libraries(xdscope_dep_${name} INTERFACE ${target})
  endif()
endfunction()
xdscope_pkg_or_fetch(re2 re2 https://github.com/google/re2 2022-06-01 re2::re2)
xdscope_pkg_or_fetch(yaml yaml-0.1 https://github.com/yaml/libyaml 0.2.5 yaml)

# Plain HTTP on admin ports is all that is asked of it. Its client class is extended, so the version
# is a narrow one.
set(HTTPLIB_USE_OPENSSL_IF_AVAILABLE OFF)
set(HTTPLIB_USE_BROTLI_IF_AVAILABLE OFF)
set(HTTPLIB_USE_ZLIB_IF_AVAILABLE OFF)
set(HTTPLIB_INSTALL OFF)
xdscope_pkg_or_fetch(httplib "cpp-httplib>=0.11;cpp-httplib<0.12" https://github.com/yhirose/cpp-httplib
                     v0.11.4 httplib::httplib)

find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(Threads REQUIRED)

# The expressions of a user's own rules. Its project builds with autotools only and so cannot be
# fetched like the others.
find_path(JQ_INCLUDE_DIR jq.h)
find_library(JQ_LIBRARY jq)
if(NOT JQ_INCLUDE_DIR OR NOT JQ_LIBRARY)
  message(FATAL_ERROR "libjq is missing: install libjq-dev (Debian) or jq-devel (Fedora), "
                      "or set JQ_INCLUDE_DIR and JQ_LIBRARY")
endif()
add_library(xdscope_dep_jq INTERFACE)
target_include_directories(xdscope_dep_jq SYSTEM INTERFACE ${JQ_INCLUDE_DIR})
target_link_libraries(xdscope_dep_jq INTERFACE ${JQ_LIBRARY})
