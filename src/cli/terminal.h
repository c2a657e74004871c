// Standard output and standard error.
#pragma once

#include <string_view>

#include "xdscope/error.h"

namespace xdscope::cli {

// Writes to standard output. A closed pipe (`| head`) ends the program quietly; a full disk is an
// error.
Result<void> print(std::string_view text);
// Pushes what was printed out to the system; the last moment at which a full disk shows.
Result<void> flush_output();

// "Warning: …" on standard error, made harmless for the terminal.
void warn(std::string_view message);
// "Error: …" with where and hint, on standard error.
void print_error(const Error& error);

// Whether results may be coloured: standard output is a terminal and NO_COLOR is not set.
bool use_color();

}  // namespace xdscope::cli
