// Header additions and removals of route configurations, virtual hosts, routes and weighted
// clusters (envoy: source/common/router/header_parser.cc).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/route_table.h"

namespace xdscope::trace {

// What %VAR% formatters need beyond headers. What is left empty is not known.
struct StreamFacts {
  std::string_view client_address = {};  // without its port
};
struct FormatContext {
  const HttpRequest& request;
  const std::vector<Header>* response = nullptr;
  StreamFacts facts = {};
};

// The text of a header value with its formatters filled in. Nothing where a formatter needs what no
// dump tells (the client's address, the time, …): the header is then there, its value unknown.
std::optional<std::string> format_header(std::string_view value, const FormatContext& context);

// request_headers_to_remove and _to_add, most specific level first unless
// most_specific_header_mutations_wins. Headers of unknown value are left out and named in
// `unknown`.
void mutate_request_headers(const RouteConfig& config, const RouteOutcome& outcome,
                            HttpRequest& request, std::vector<std::string>& unknown,
                            const StreamFacts& facts = {});
void mutate_response_headers(const RouteConfig& config, const RouteOutcome& outcome,
                             const HttpRequest& request, std::vector<Header>& headers,
                             std::vector<std::string>& unknown, const StreamFacts& facts = {});

// What the upstream receives: header mutations, then the host, then the path.
// Also x-envoy-original-path and -host, which Envoy adds where it rewrites them.
void finalize_request(const RouteTable& table, const RouteOutcome& outcome, HttpRequest& request,
                      std::vector<std::string>& unknown, const StreamFacts& facts = {});

}  // namespace xdscope::trace
