// URLs as people write them.
#pragma once

#include <string>
#include <string_view>

#include "xdscope/error.h"

namespace xdscope::trace {

struct Url {
  std::string scheme;     // "http" or "https"
  std::string authority;  // with the port where the URL has one
  std::string path;       // with the query; at least "/"; a fragment is never sent
};
// Fails for what is no absolute http or https URL.
Result<Url> parse_url(std::string_view text);

}  // namespace xdscope::trace
