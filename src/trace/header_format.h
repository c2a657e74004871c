// Substitution format strings as far as a request decides them
// (envoy: source/common/formatter).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/request.h"

namespace xdscope::trace {

// What %VAR% formatters need beyond headers. What is left empty is not known.
struct StreamFacts {
  std::string_view client_address = {};  // without its port
};
struct FormatContext {
  const HttpRequest& request;
  const std::vector<Header>* response = nullptr;
  StreamFacts facts = {};
  std::string_view absent = {};  // what stands for a header that is not there
};

// The text of a header value with its formatters filled in. Nothing where a formatter needs what no
// dump tells (the client's address, the time, …): the header is then there, its value unknown.
// A header that is not there is nothing in a header's value and in a path, "-" in a host.
std::optional<std::string> format_header(std::string_view value, const FormatContext& context);

}  // namespace xdscope::trace
