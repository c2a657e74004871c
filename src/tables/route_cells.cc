#include "tables/route_cells.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace xdscope::tables {
namespace {

bool is_ipv6_literal(std::string_view domain) {
  return std::ranges::count(domain, ':') > 2 && domain.ends_with(']');
}

std::string string_matcher_text(const StringMatcher& matcher) {
  const std::string_view value = matcher.value;
  const std::string_view fold = matcher.ignore_case ? " (any case)" : "";
  switch (matcher.kind) {
    case StringMatcher::Kind::kExact:
      return fmt::format("={}{}", value, fold);
    case StringMatcher::Kind::kPrefix:
      return fmt::format("={}*{}", value, fold);
    case StringMatcher::Kind::kSuffix:
      return fmt::format("=*{}{}", value, fold);
    case StringMatcher::Kind::kContains:
      return fmt::format("=*{}*{}", value, fold);
    case StringMatcher::Kind::kRegex:
      return fmt::format("~{}", value);
    case StringMatcher::Kind::kCustom:
      return "=(custom matcher)";
    case StringMatcher::Kind::kNone:
      break;
  }
  return {};
}

std::string header_text(const HeaderMatcher& header) {
  const std::string_view negated = header.invert ? "not " : "";
  // In Envoy the method is a header.
  const std::string_view name = header.name == ":method" ? "method" : header.name;
  switch (header.kind) {
    case HeaderMatcher::Kind::kPresent:
      return fmt::format("{}{}{}", header.present == header.invert ? "no " : "", name, "");
    case HeaderMatcher::Kind::kRange:
      return fmt::format("{}{} in [{},{})", negated, name, header.range_start, header.range_end);
    case HeaderMatcher::Kind::kString:
      break;
  }
  return fmt::format("{}{}{}", negated, name, string_matcher_text(header.string));
}

std::string parameter_text(std::string_view kind, const ParameterMatcher& parameter) {
  if (parameter.kind == ParameterMatcher::Kind::kPresent) {
    return fmt::format("{}{}{}", parameter.present ? "" : "no ", kind, parameter.name);
  }
  return fmt::format("{}{}{}{}", parameter.invert ? "not " : "", kind, parameter.name,
                     string_matcher_text(parameter.string));
}

std::string duration_text(std::chrono::nanoseconds duration) {
  return fmt::format("{}s", static_cast<double>(duration.count()) / 1e9);
}

std::string redirect_text(const RedirectAction& redirect) {
  std::string target;
  if (!redirect.scheme_redirect.empty()) {
    target = fmt::format("{}://", redirect.scheme_redirect);
  } else if (redirect.https_redirect) {
    target = "https://";
  }
  target += redirect.host_redirect;
  if (redirect.port_redirect != 0) target += fmt::format(":{}", redirect.port_redirect);
  if (!redirect.path_redirect.empty()) target += redirect.path_redirect;
  if (!redirect.prefix_rewrite.empty()) target += fmt::format("{}*", redirect.prefix_rewrite);
  if (redirect.regex_rewrite) {
    target += fmt::format("{}(path: regex {} -> {})", target.empty() ? "" : " ",
                          redirect.regex_rewrite->regex, redirect.regex_rewrite->substitution);
  }
  return fmt::format("redirect {} {}", redirect.code, target);
}

std::string action_text(const RouteAction& action) {
  switch (action.target) {
    case RouteAction::Target::kCluster:
      return std::string(action.cluster);
    case RouteAction::Target::kClusterHeader:
      return fmt::format("cluster in header {}", action.cluster_header);
    case RouteAction::Target::kWeighted: {
      std::string out;
      for (const WeightedCluster& entry : action.weighted_clusters) {
        const std::string_view name = entry.name.empty() ? entry.cluster_header : entry.name;
        out += fmt::format("{}{}={}", out.empty() ? "" : ", ", name, entry.weight);
      }
      return out;
    }
    case RouteAction::Target::kPlugin:
      return "cluster by plugin";
    case RouteAction::Target::kNone:
      break;
  }
  return "none";
}

}  // namespace

std::string path_cell(const PathMatch& path) {
  switch (path.kind) {
    case PathMatch::Kind::kPrefix:
      return path.value.empty() ? "" : fmt::format("{}*", path.value);
    case PathMatch::Kind::kPathSeparatedPrefix:
      return fmt::format("PathPrefix:{}", path.value);
    case PathMatch::Kind::kExact:
      return std::string(path.value);
    case PathMatch::Kind::kRegex:
      return fmt::format("regex {}", path.value);
    default:
      return {};
  }
}

std::string domains_cell(const std::vector<std::string_view>& domains) {
  if (domains.empty()) return {};
  if (domains.size() == 1) return std::string(domains.front());
  std::vector<std::string_view> kept;
  for (const std::string_view domain : domains) {
    if (domain.find(':') == std::string_view::npos || is_ipv6_literal(domain)) {
      kept.push_back(domain);
    }
  }
  const std::unordered_set<std::string_view> names(kept.begin(), kept.end());
  std::erase_if(kept, [&](std::string_view domain) {
    for (const std::string_view suffix : {".svc.cluster.local", ".svc"}) {
      if (domain.ends_with(suffix) &&
          names.contains(domain.substr(0, domain.size() - suffix.size()))) {
        return true;
      }
    }
    return false;
  });
  if (kept.size() <= 2) return fmt::format("{}", fmt::join(kept, ", "));
  return fmt::format("{}, {} + {} more...", kept[0], kept[1], kept.size() - 2);
}

std::string destination_cell(const Route& route) {
  switch (route.action) {
    case Route::Action::kRoute:
      return action_text(route.route);
    case Route::Action::kRedirect:
      return redirect_text(route.redirect);
    case Route::Action::kDirectResponse:
      return fmt::format("direct response {}", route.direct_response.status);
    case Route::Action::kFilterAction:
      return "action of a filter";
    case Route::Action::kNonForwarding:
      return "not forwarded";
    case Route::Action::kNone:
      break;
  }
  return "none";
}

std::string conditions_cell(const RouteMatch& match, const VirtualHost& host) {
  std::vector<std::string> parts;
  if (match.path.kind == PathMatch::Kind::kTemplate) {
    parts.push_back(fmt::format("template {}", match.path.value));
  }
  for (const HeaderMatcher& header : match.headers) parts.push_back(header_text(header));
  for (const ParameterMatcher& query : match.query_parameters) {
    parts.push_back(parameter_text("?", query));
  }
  for (const ParameterMatcher& cookie : match.cookies) {
    parts.push_back(parameter_text("cookie ", cookie));
  }
  if (match.runtime_fraction) {
    parts.push_back(
        fmt::format("{}% of requests", match.runtime_fraction->default_value.share() * 100));
  }
  if (match.grpc) parts.emplace_back("gRPC");
  if (match.path.kind == PathMatch::Kind::kConnect) parts.emplace_back("CONNECT");
  if (match.tls_context) parts.emplace_back("TLS state");
  if (!match.dynamic_metadata.empty()) parts.emplace_back("dynamic metadata");
  if (!match.filter_state.empty()) parts.emplace_back("filter state");
  if (!match.path.case_sensitive) parts.emplace_back("any case");
  if (host.require_tls == VirtualHost::RequireTls::kAll) {
    parts.emplace_back("TLS, else a redirect");
  } else if (host.require_tls == VirtualHost::RequireTls::kExternalOnly) {
    parts.emplace_back("TLS from outside, else a redirect");
  }
  return parts.empty() ? "-" : fmt::format("{}", fmt::join(parts, ", "));
}

std::string retry_cell(const Route& route, const VirtualHost& host) {
  if (route.action != Route::Action::kRoute) return "-";
  // A route's policy replaces the virtual host's whole.
  const auto& policy = route.route.retry_policy ? route.route.retry_policy : host.retry_policy;
  if (!policy || policy->num_retries == 0 || policy->retry_on.empty()) return "-";
  std::string out = fmt::format("{}x {}", policy->num_retries, fmt::join(policy->retry_on, ","));
  if (!policy->retriable_status_codes.empty()) {
    out += fmt::format("={}", fmt::join(policy->retriable_status_codes, ","));
  }
  return out;
}

std::string timeout_cell(const Route& route) {
  if (route.action != Route::Action::kRoute) return "-";
  if (const json::Value longest = route.route.source["max_stream_duration"]) {
    const auto limit = decode_duration(longest["max_stream_duration"]);
    return limit && limit->count() != 0 ? duration_text(*limit) : "none";
  }
  if (!route.route.timeout) return "15s (default)";
  return route.route.timeout->count() == 0 ? "none" : duration_text(*route.route.timeout);
}

}  // namespace xdscope::tables
