// Usage errors with a suggestion.
#pragma once

#include <CLI/CLI.hpp>

#include "xdscope/error.h"

namespace xdscope::cli {

// What is wrong with the command line, which known word was probably meant, and where the help is.
Error usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace xdscope::cli
