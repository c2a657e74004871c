#include "cli/terminal.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include <fmt/format.h>

#include "base/text.h"

namespace xdscope::cli {
namespace {

Result<void> output_error() {
  return fail(ErrorCode::kInternal,
              fmt::format("cannot write the result: {}", std::strerror(errno)), "standard output");
}

// The lines of a message keep their breaks; everything else in them is neutralised.
std::string printable_lines(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) {
    if (!out.empty()) out += '\n';
    out += printable(line);
  }
  return out;
}

}  // namespace

Result<void> print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) return output_error();
  return {};
}

Result<void> flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return output_error();
  return {};
}

void warn(std::string_view message) {
  std::fflush(stdout);
  fmt::print(stderr, "Warning: {}\n", printable_lines(message));
}

void print_error(const Error& error) {
  std::fflush(stdout);
  std::string text = "Error: " + printable_lines(error.message) + "\n";
  if (!error.where.empty()) text += "  at: " + printable(error.where) + "\n";
  if (!error.hint.empty()) text += "  try: " + printable_lines(error.hint) + "\n";
  std::fputs(text.c_str(), stderr);
}

bool use_color() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

}  // namespace xdscope::cli
