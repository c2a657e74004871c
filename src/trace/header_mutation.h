// Header additions and removals of route configurations, virtual hosts, routes and weighted
// clusters (envoy: source/common/router/header_parser.cc).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trace/header_format.h"
#include "trace/route_table.h"

namespace xdscope::trace {

// envoy.config.common.mutation_rules.v3.HeaderMutation, one after the other. A value that cannot be
// told is unknown in the request.
void apply_header_mutations(json::Value mutations, HttpRequest& request);

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
