# Compiler flags, as two interface targets: third-party code never sees the warnings.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(xdscope_warnings INTERFACE)
target_compile_options(xdscope_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow
                       $<$<BOOL:${XDSCOPE_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # Finds overlaps that are not there in "text" + std::string (GCC PR 105651).
  # Takes members with a default for uninitialized in designated initializers.
  target_compile_options(xdscope_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  # Finds what gcc 12's own <algorithm> uses; gcc warns of ours.
  target_compile_options(xdscope_warnings INTERFACE -Wno-deprecated-declarations)
endif()

add_library(xdscope_settings INTERFACE)
# A dump is untrusted input: what the compiler can check at run time, it checks in release, too.
target_compile_options(xdscope_settings INTERFACE -fstack-protector-strong -fstack-clash-protection)
target_compile_definitions(xdscope_settings INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(xdscope_settings INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-fcf-protection XDSCOPE_HAS_CF_PROTECTION)
if(XDSCOPE_HAS_CF_PROTECTION)
  target_compile_options(xdscope_settings INTERFACE -fcf-protection)
endif()
if(XDSCOPE_SANITIZE)
  target_compile_options(xdscope_settings INTERFACE -fsanitize=${XDSCOPE_SANITIZE}
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(xdscope_settings INTERFACE -fsanitize=${XDSCOPE_SANITIZE})
  if(XDSCOPE_FUZZ)
    target_compile_options(xdscope_settings INTERFACE -fsanitize=fuzzer-no-link)
  endif()
else()
  # Without optimization the checked functions are not used, and glibc warns.
  target_compile_definitions(xdscope_settings INTERFACE
                             $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=3>)
endif()
