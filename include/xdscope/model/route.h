// Route configurations: virtual hosts, routes, their matchers and actions
// (envoy.config.route.v3). Deprecated v2 spellings are read as what they mean today.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "xdscope/json.h"
#include "xdscope/model/common.h"

namespace xdscope {

// envoy.type.matcher.v3.StringMatcher.
struct StringMatcher {
  enum class Kind { kExact, kPrefix, kSuffix, kContains, kRegex, kCustom, kNone };
  Kind kind = Kind::kNone;
  std::string_view value;    // for kRegex the expression, which must match the whole text
  bool ignore_case = false;  // without effect on kRegex
  json::Value source;
};
StringMatcher decode_string_matcher(json::Value matcher);

struct HeaderMatcher {
  enum class Kind { kPresent, kString, kRange };
  std::string_view name;
  Kind kind = Kind::kPresent;
  bool present = true;           // kPresent: what is asked for
  StringMatcher string;          // kString
  bool legacy_exact = false;     // the deprecated exact_match: an empty one matches anything
  std::int64_t range_start = 0;  // kRange: [start, end)
  std::int64_t range_end = 0;
  bool invert = false;
  bool treat_missing_as_empty = false;
  json::Value source;
};
HeaderMatcher decode_header_matcher(json::Value matcher);

// A query parameter or a cookie.
struct ParameterMatcher {
  enum class Kind { kPresent, kString };
  std::string_view name;
  Kind kind = Kind::kPresent;
  bool present = true;
  StringMatcher string;
  bool invert = false;  // cookies only
  json::Value source;
};

struct RuntimeFraction {
  std::string_view key;
  FractionalPercent default_value;
  json::Value source;
};

struct PathMatch {
  enum class Kind {
    kNone,
    kPrefix,
    kExact,
    kRegex,
    kPathSeparatedPrefix,
    kConnect,
    kTemplate,  // path_match_policy
  };
  Kind kind = Kind::kNone;
  std::string_view value;
  bool case_sensitive = true;
  json::Value source;
};

struct RouteMatch {
  PathMatch path;
  std::vector<HeaderMatcher> headers;
  std::vector<ParameterMatcher> query_parameters;
  std::vector<ParameterMatcher> cookies;
  std::optional<RuntimeFraction> runtime_fraction;
  bool grpc = false;
  json::Value tls_context;
  json::Value dynamic_metadata;  // a list
  json::Value filter_state;      // a list
  json::Value source;
};

struct RetryPolicy {
  std::vector<std::string_view> retry_on;  // the comma-separated conditions
  std::uint32_t num_retries = 1;
  std::vector<std::uint32_t> retriable_status_codes;
  std::optional<std::chrono::nanoseconds> per_try_timeout;
  json::Value source;
};

struct WeightedCluster {
  std::string_view name;
  std::string_view cluster_header;
  std::uint32_t weight = 0;
  json::Value typed_per_filter_config;
  json::Value source;
};

struct RegexRewrite {
  std::string_view regex;
  std::string_view substitution;
};

struct RouteAction {
  enum class Target { kNone, kCluster, kClusterHeader, kWeighted, kPlugin };
  Target target = Target::kNone;
  std::string_view cluster;
  std::string_view cluster_header;
  std::vector<WeightedCluster> weighted_clusters;
  std::string_view weight_header;  // weighted_clusters.header_name
  std::uint32_t cluster_not_found_code = 503;
  std::string_view prefix_rewrite;
  std::optional<RegexRewrite> regex_rewrite;
  std::string_view host_rewrite_literal;
  // Absent: Envoy's 15 s. Zero: none.
  std::optional<std::chrono::nanoseconds> timeout;
  std::optional<RetryPolicy> retry_policy;
  std::vector<std::string_view> mirror_clusters;
  bool has_hash_policy = false;
  bool high_priority = false;
  json::Value metadata_match;
  json::Value source;
};

struct RedirectAction {
  std::uint32_t code = 301;
  bool https_redirect = false;
  std::string_view scheme_redirect;
  std::string_view host_redirect;
  std::uint32_t port_redirect = 0;
  std::string_view path_redirect;
  std::string_view prefix_rewrite;
  std::optional<RegexRewrite> regex_rewrite;
  bool strip_query = false;
  json::Value source;
};

struct DirectResponse {
  std::uint32_t status = 0;
  json::Value body;
  json::Value source;
};

struct Route {
  enum class Action { kNone, kRoute, kRedirect, kDirectResponse, kFilterAction, kNonForwarding };
  std::string_view name;
  RouteMatch match;
  Action action = Action::kNone;
  RouteAction route;
  RedirectAction redirect;
  DirectResponse direct_response;
  json::Value typed_per_filter_config;
  json::Value metadata;
  ResourceRef owner;
  json::Value source;
};

struct VirtualHost {
  enum class RequireTls { kNone, kExternalOnly, kAll };
  std::string_view name;
  std::vector<std::string_view> domains;
  std::vector<Route> routes;
  json::Value matcher;
  RequireTls require_tls = RequireTls::kNone;
  std::optional<RetryPolicy> retry_policy;
  json::Value typed_per_filter_config;
  json::Value metadata;
  json::Value source;
};

struct RouteConfig {
  std::string_view name;
  std::vector<VirtualHost> virtual_hosts;
  bool vhds = false;
  bool ignore_port_in_host_matching = false;
  bool ignore_path_parameters_in_path_matching = false;
  std::string_view vhost_header;
  std::optional<bool> validate_clusters;
  json::Value typed_per_filter_config;
  json::Value source;
};

Route decode_route(json::Value route);
VirtualHost decode_virtual_host(json::Value virtual_host);
RouteConfig decode_route_config(json::Value route_config);
RetryPolicy decode_retry_policy(json::Value policy);

}  // namespace xdscope
