// .xdscope.yaml: what a project wants linted, and how.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xdscope/error.h"
#include "xdscope/lint.h"

namespace xdscope::rules {

struct Config {
  LintOptions options;
  std::optional<std::string> fail_on;  // "error", "warning", "info" or "never"
  std::optional<Severity> show;
  std::string baseline;
};

// `name` is the file, for messages; relative paths in it are taken from its folder. An unknown key
// is an error.
Result<Config> parse_config(std::string_view yaml, const std::string& name);

// The nearest .xdscope.yaml or .xdscope.yml, from `folder` upwards; "" where there is none.
std::string find_config(const std::string& folder);

}  // namespace xdscope::rules
