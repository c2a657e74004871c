// The criteria of one route, compiled: all that RouteMatch holds but runtime_fraction, which chance
// decides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trace/matchers.h"
#include "trace/path_matcher.h"
#include "trace/route_table.h"

namespace xdscope::trace {

// A request as routes see it.
struct MatchInput {
  const HttpRequest& request;
  const ResolveOptions& options;
  std::string path;        // no query; no path parameters where the configuration ignores them
  bool path_known = true;  // false: releases differ in what path parameters are
};
MatchInput match_input(const HttpRequest& request, const ResolveOptions& options,
                       const RouteConfig& config, Version envoy);

// A criterion that is not met.
struct Failure {
  NearMiss::Kind kind = NearMiss::Kind::kCriterion;
  unsigned distance = 5;  // how much would have to change
  std::string reason;
  json::Value source;
};

class RouteCriteria {
 public:
  RouteCriteria(const Route& route, Version envoy, const Runtime* runtime = nullptr);

  const Route& route() const { return *route_; }
  const PathCriterion& path() const { return path_; }
  // Of redirect.regex_rewrite.
  const Regex& redirect_regex() const { return redirect_regex_; }
  Verdict matches(const MatchInput& input) const;
  // Every criterion that is not met, the path first.
  std::vector<Failure> failures(const MatchInput& input) const;
  // What cannot be told; "" where nothing is unknown.
  std::string unknown(const MatchInput& input) const;
  // Regular expressions that RE2 refuses and the like.
  std::vector<std::string> broken() const;

 private:
  Verdict match_stream(const MatchInput& input) const;
  Failure path_failure(const MatchInput& input) const;

  const Route* route_;
  PathCriterion path_;
  std::vector<HeaderCriterion> headers_;
  std::vector<QueryCriterion> query_;
  std::vector<CookieCriterion> cookies_;
  Regex redirect_regex_;
  bool looks_at_stream_ = false;
};

// "route 2 'canary' (prefix '/a')", "route 3 (prefix '/a')": for people. `position` counts from 0,
// as the JSON pointers beside it do.
std::string describe_route(const RouteCriteria& criteria, std::size_t position);

}  // namespace xdscope::trace
