#include "trace/route_criteria.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "trace/path_parameters.h"
#include "trace/stream_matchers.h"

namespace xdscope::trace {
namespace {

// Further apart than this, two paths are simply different.
constexpr std::size_t kMaxPathEdits = 2;

Failure header_failure(const HeaderCriterion& header, const HttpRequest& request) {
  Failure out{NearMiss::Kind::kHeader, 3, header.explain(request), header.matcher().source};
  if (header.matcher().name == ":method") {
    out.kind = NearMiss::Kind::kMethod;
    out.distance = 2;
  } else if (!header.matcher().name.empty() && request.has(to_lower(header.matcher().name))) {
    const std::string* value = request.first(to_lower(header.matcher().name));
    if (equals_ignoring_case(*value, header.string().value())) out.distance = 1;
  } else {
    out.distance = 4;
  }
  return out;
}

template <class Criteria>
Verdict all_match(const Criteria& criteria, const HttpRequest& request) {
  Verdict all = Verdict::kYes;
  for (const auto& criterion : criteria) {
    all = std::min(all, criterion.matches(request));
    if (all == Verdict::kNo) break;
  }
  return all;
}

}  // namespace

MatchInput match_input(const HttpRequest& request, const ResolveOptions& options,
                       const RouteConfig& config, Version envoy) {
  std::string path(request.path_without_query());
  bool known = true;
  if (config.ignore_path_parameters_in_path_matching && path.find(';') != std::string::npos) {
    const Verdict by_segment =
        path_parameters_by_segment(envoy, options.runtime, "strip_path_parameters_per_segment");
    const std::string_view cut = without_parameters_from_first(path);
    std::string stripped = without_parameters_by_segment(path);
    known = by_segment != Verdict::kUnknown || cut == stripped;
    path = by_segment == Verdict::kNo ? std::string(cut) : std::move(stripped);
  }
  return {request, options, std::move(path), known};
}

RouteCriteria::RouteCriteria(const Route& route, Version envoy, const Runtime* runtime)
    : route_(&route), path_(route.match.path) {
  const RouteMatch& match = route.match;
  for (const HeaderMatcher& header : match.headers)
    headers_.emplace_back(header, header_repeats(envoy, runtime));
  for (const ParameterMatcher& query : match.query_parameters) query_.emplace_back(query, envoy);
  for (const ParameterMatcher& one : match.cookies) cookies_.emplace_back(one);
  if (route.redirect.regex_rewrite) redirect_regex_ = Regex(route.redirect.regex_rewrite->regex);
  looks_at_stream_ = match.tls_context || match.dynamic_metadata || match.filter_state;
}

Verdict RouteCriteria::match_stream(const MatchInput& input) const {
  const RouteMatch& match = route_->match;
  Verdict all = Verdict::kYes;
  if (match.tls_context) all = match_tls_context(match.tls_context, input.options);
  for (const json::Value one : match.dynamic_metadata.elements()) {
    all = std::min(all, match_dynamic_metadata(one, input.options));
  }
  for (const json::Value one : match.filter_state.elements()) {
    all = std::min(all, match_filter_state(one, input.options));
  }
  return all;
}

Verdict RouteCriteria::matches(const MatchInput& input) const {
  Verdict all = Verdict::kYes;
  // The order does not change the answer: cheap criteria first.
  if (!path_.costly()) {
    all = path_.matches(input.path, input.request);
    if (all == Verdict::kNo) return all;
  }
  if (route_->match.grpc && !input.request.is_grpc()) return Verdict::kNo;
  all = std::min(all, all_match(headers_, input.request));
  if (all == Verdict::kNo) return all;
  if (path_.costly()) {
    all = std::min(all, path_.matches(input.path, input.request));
    if (all == Verdict::kNo) return all;
  }
  all = std::min(all, all_match(query_, input.request));
  if (all == Verdict::kNo) return all;
  all = std::min(all, all_match(cookies_, input.request));
  if (all == Verdict::kNo) return all;
  return looks_at_stream_ ? std::min(all, match_stream(input)) : all;
}

Failure RouteCriteria::path_failure(const MatchInput& input) const {
  Failure out{NearMiss::Kind::kPathOther, 20, path_.explain(input.path, input.request),
              route_->match.path.source};
  const std::string_view wanted = path_.value();
  const bool prefix = path_.kind() == PathMatch::Kind::kPrefix ||
                      path_.kind() == PathMatch::Kind::kPathSeparatedPrefix;
  if ((!prefix && path_.kind() != PathMatch::Kind::kExact) || wanted.empty()) return out;
  const std::string_view path = input.path;
  const std::string_view compared = prefix ? path.substr(0, wanted.size()) : path;
  if (equals_ignoring_case(compared, wanted)) {
    out.kind = NearMiss::Kind::kPathCase;
    out.distance = 1;
  } else if (wanted.ends_with('/') && wanted.substr(0, wanted.size() - 1) == input.path) {
    out.kind = NearMiss::Kind::kPathTrailingSlash;
    out.distance = 1;
  } else if (!prefix && input.path.size() == wanted.size() + 1 && input.path.ends_with('/') &&
             input.path.starts_with(wanted)) {
    out.kind = NearMiss::Kind::kPathTrailingSlash;
    out.distance = 1;
  } else if (wanted.size() > 3 && wanted.size() < 200 && compared.size() < 200) {
    const std::size_t edits = edit_distance(compared, wanted);
    if (edits <= std::min(kMaxPathEdits, (wanted.size() - 1) / 4))
      out.distance = 3 + static_cast<unsigned>(edits);
  }
  return out;
}

std::vector<Failure> RouteCriteria::failures(const MatchInput& input) const {
  std::vector<Failure> out;
  if (path_.matches(input.path, input.request) == Verdict::kNo) out.push_back(path_failure(input));
  if (route_->match.grpc && !input.request.is_grpc()) {
    out.push_back({NearMiss::Kind::kHeader, 3, "grpc: the content-type is not application/grpc",
                   route_->match.source["grpc"]});
  }
  for (const HeaderCriterion& header : headers_) {
    if (header.matches(input.request) == Verdict::kNo) {
      out.push_back(header_failure(header, input.request));
    }
  }
  for (const QueryCriterion& query : query_) {
    if (query.matches(input.request) != Verdict::kNo) continue;
    out.push_back(
        {NearMiss::Kind::kQueryParameter, 3, query.explain(input.request), query.matcher().source});
  }
  for (const CookieCriterion& one : cookies_) {
    if (one.matches(input.request) != Verdict::kNo) continue;
    out.push_back(
        {NearMiss::Kind::kCriterion, 4, one.explain(input.request), one.matcher().source});
  }
  const RouteMatch& match = route_->match;
  if (match.tls_context && match_tls_context(match.tls_context, input.options) == Verdict::kNo) {
    out.push_back({NearMiss::Kind::kCriterion, 5,
                   "tls_context: the client's certificate is not as asked for", match.tls_context});
  }
  for (const json::Value one : match.dynamic_metadata.elements()) {
    if (match_dynamic_metadata(one, input.options) != Verdict::kNo) continue;
    out.push_back(
        {NearMiss::Kind::kCriterion, 5,
         fmt::format("dynamic_metadata '{}' has not the value asked for", one["filter"].text()),
         one});
  }
  for (const json::Value one : match.filter_state.elements()) {
    if (match_filter_state(one, input.options) != Verdict::kNo) continue;
    out.push_back({NearMiss::Kind::kCriterion, 5,
                   fmt::format("filter_state '{}' is not set", one["key"].text()), one});
  }
  return out;
}

std::string RouteCriteria::unknown(const MatchInput& input) const {
  if (const auto errors = broken(); !errors.empty()) {
    return errors.front() + "; Envoy would have refused the configuration";
  }
  if (path_.matches(input.path, input.request) == Verdict::kUnknown) {
    return path_.explain(input.path, input.request);
  }
  for (const HeaderCriterion& header : headers_) {
    if (header.matches(input.request) != Verdict::kUnknown) continue;
    const bool custom = header.string().kind() == StringMatcher::Kind::kCustom ||
                        header.string().kind() == StringMatcher::Kind::kNone;
    return header.explain(input.request) +
           (custom ? "" : ", which Envoy before 1.39 and since then compare differently");
  }
  for (const QueryCriterion& query : query_) {
    if (query.matches(input.request) == Verdict::kUnknown) return query.explain(input.request);
  }
  for (const CookieCriterion& one : cookies_) {
    if (one.matches(input.request) == Verdict::kUnknown) return one.explain(input.request);
  }
  const RouteMatch& match = route_->match;
  if (match.tls_context &&
      match_tls_context(match.tls_context, input.options) == Verdict::kUnknown) {
    return "tls_context: it is not known what certificate the client presents";
  }
  for (const json::Value one : match.dynamic_metadata.elements()) {
    if (match_dynamic_metadata(one, input.options) == Verdict::kUnknown) {
      return fmt::format("dynamic_metadata '{}' is set while the request is handled",
                         one["filter"].text());
    }
  }
  for (const json::Value one : match.filter_state.elements()) {
    if (match_filter_state(one, input.options) == Verdict::kUnknown) {
      return fmt::format("filter_state '{}' is set while the request is handled",
                         one["key"].text());
    }
  }
  return {};
}

std::vector<std::string> RouteCriteria::broken() const {
  std::vector<std::string> out;
  const auto add = [&out](std::string error) {
    if (!error.empty()) out.push_back(std::move(error));
  };
  add(path_.broken());
  add(redirect_regex_.error());
  for (const HeaderCriterion& header : headers_) add(header.broken());
  for (const QueryCriterion& query : query_) add(query.broken());
  for (const CookieCriterion& one : cookies_) add(one.broken());
  return out;
}

std::string describe_route(const RouteCriteria& criteria, std::size_t position) {
  const std::string_view name = criteria.route().name;
  return name.empty()
             ? fmt::format("route {} ({})", position, criteria.path().describe())
             : fmt::format("route {} '{}' ({})", position, name, criteria.path().describe());
}

}  // namespace xdscope::trace
