// What stands inside a request's path and cookies.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "trace/request.h"

namespace xdscope::trace {

// The first value of a query parameter as route matchers see it: not percent-decoded; "" for one
// without "=".
std::optional<std::string_view> query_parameter(const HttpRequest& request, std::string_view name);
// The first value of the parameter whose name is this once decoded, decoded as well
// (envoy: QueryParamsMulti::parseAndDecodeQueryString).
std::optional<std::string> decoded_query_parameter(const HttpRequest& request,
                                                   std::string_view name);
// Takes such a parameter out of the path, every entry of it.
void remove_query_parameter(HttpRequest& request, std::string_view name);
// A cookie's value, without the quotes around it.
std::optional<std::string> cookie(const HttpRequest& request, std::string_view name);

}  // namespace xdscope::trace
