// Path specifiers of routes (envoy: source/common/router/config_impl.cc, and
// source/extensions/path for uri templates).
#pragma once

#include <string>
#include <string_view>

#include "trace/matchers.h"

namespace xdscope::trace {

class PathCriterion {
 public:
  PathCriterion() = default;
  explicit PathCriterion(const PathMatch& match);
  // `path` is without its query. `pathless` is a CONNECT without :path, which only connect_matcher
  // takes.
  Verdict matches(std::string_view path, const HttpRequest& request) const;
  std::string explain(std::string_view path, const HttpRequest& request) const;
  std::string broken() const;
  // "prefix '/a'": the specifier as written.
  std::string describe() const;
  bool costly() const {
    return kind_ == PathMatch::Kind::kRegex || kind_ == PathMatch::Kind::kTemplate;
  }
  PathMatch::Kind kind() const { return kind_; }
  const std::string& value() const { return value_; }
  bool case_sensitive() const { return case_sensitive_; }

 private:
  bool equal(std::string_view text) const;
  bool begins(std::string_view text) const;

  PathMatch::Kind kind_ = PathMatch::Kind::kNone;
  std::string value_;
  bool case_sensitive_ = true;
  Regex regex_;
  std::string template_error_;
};

// The regular expression of a uri template ("/a/{x}/**"), its variables as named groups; "" and
// `error` where it is none.
std::string template_expression(std::string_view path_template, std::string& error);
// The path that a rewrite template gives for a path that the match template matches; "" where not.
std::string rewrite_by_template(std::string_view path, std::string_view match_template,
                                std::string_view rewrite_template);

}  // namespace xdscope::trace
