#include "trace/path_matcher.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.h"

namespace xdscope::trace {
namespace {

// pchar of RFC 3986 without `*`, and `=` where the template has no use for it.
constexpr std::string_view kSegment = "[a-zA-Z0-9\\-._~%!$&'()+,;:@=]+";
constexpr std::string_view kRest = "[a-zA-Z0-9\\-._~%!$&'()+,;:@=/]*";

std::string glob_expression(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '*') {
      out += re2::RE2::QuoteMeta(re2::StringPiece(&pattern[i], 1));
    } else if (pattern.substr(i, 2) == "**") {
      out += kRest;
      ++i;
    } else {
      out += kSegment;
    }
  }
  return out;
}

}  // namespace

std::string template_expression(std::string_view path_template, std::string& error) {
  std::string out;
  while (!path_template.empty()) {
    const std::size_t open = path_template.find('{');
    out += glob_expression(path_template.substr(0, open));
    if (open == std::string_view::npos) break;
    const std::size_t close = path_template.find('}', open);
    if (close == std::string_view::npos) {
      error = "the uri template has a '{' without '}'";
      return {};
    }
    const std::string_view variable = path_template.substr(open + 1, close - open - 1);
    const std::size_t equals = variable.find('=');
    const std::string_view glob =
        equals == std::string_view::npos ? "*" : variable.substr(equals + 1);
    out += fmt::format("(?P<{}>{})", variable.substr(0, equals), glob_expression(glob));
    path_template.remove_prefix(close + 1);
  }
  return out;
}

std::string rewrite_by_template(std::string_view path, std::string_view match_template,
                                std::string_view rewrite_template) {
  std::string error;
  const re2::RE2 regex(template_expression(match_template, error), re2::RE2::Quiet);
  if (!error.empty() || !regex.ok()) return {};
  const auto& groups = regex.NamedCapturingGroups();
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) +
                                      1);
  if (!regex.Match(re2::StringPiece(path.data(), path.size()), 0, path.size(),
                   re2::RE2::ANCHOR_BOTH, found.data(), static_cast<int>(found.size()))) {
    return {};
  }
  std::string out;
  for (std::size_t i = 0; i < rewrite_template.size(); ++i) {
    const std::size_t close =
        rewrite_template[i] == '{' ? rewrite_template.find('}', i) : std::string_view::npos;
    if (close == std::string_view::npos) {
      out += rewrite_template[i];
      continue;
    }
    const auto group = groups.find(std::string(rewrite_template.substr(i + 1, close - i - 1)));
    if (group == groups.end()) return {};
    const re2::StringPiece& value = found[static_cast<std::size_t>(group->second)];
    out.append(value.data(), value.size());
    i = close;
  }
  return out;
}

PathCriterion::PathCriterion(const PathMatch& match)
    : kind_(match.kind), value_(match.value), case_sensitive_(match.case_sensitive) {
  if (kind_ == PathMatch::Kind::kRegex) regex_ = Regex(value_);
  if (kind_ == PathMatch::Kind::kTemplate) {
    if (value_.empty()) {
      template_error_ = "the path is matched by an extension that is not known";
    } else {
      regex_ = Regex(template_expression(value_, template_error_));
    }
  }
}

bool PathCriterion::equal(std::string_view text) const {
  return case_sensitive_ ? text == value_ : equals_ignoring_case(text, value_);
}

bool PathCriterion::begins(std::string_view text) const {
  if (case_sensitive_) return text.starts_with(value_);
  return text.size() >= value_.size() &&
         equals_ignoring_case(text.substr(0, value_.size()), value_);
}

Verdict PathCriterion::matches(std::string_view path, const HttpRequest& request) const {
  if (kind_ == PathMatch::Kind::kConnect) {
    if (request.method == "CONNECT") return Verdict::kYes;
    const std::string* upgrade = request.first("upgrade");
    return verdict(upgrade != nullptr && equals_ignoring_case(*upgrade, "connect-udp"));
  }
  if (request.path.empty()) return Verdict::kNo;
  switch (kind_) {
    case PathMatch::Kind::kPrefix:
      return verdict(begins(path));
    case PathMatch::Kind::kExact:
      return verdict(equal(path));
    case PathMatch::Kind::kPathSeparatedPrefix:
      return verdict(begins(path) && (path.size() == value_.size() || path[value_.size()] == '/'));
    case PathMatch::Kind::kRegex:
      return regex_.full_match(path);
    case PathMatch::Kind::kTemplate:
      // A template is matched on the path itself, path parameters and all.
      if (!template_error_.empty()) return Verdict::kUnknown;
      return regex_.full_match(request.path_without_query());
    case PathMatch::Kind::kConnect:
    case PathMatch::Kind::kNone:
      break;
  }
  return Verdict::kUnknown;
}

std::string PathCriterion::describe() const {
  switch (kind_) {
    case PathMatch::Kind::kPrefix:
      return fmt::format("prefix '{}'", value_);
    case PathMatch::Kind::kExact:
      return fmt::format("path '{}'", value_);
    case PathMatch::Kind::kPathSeparatedPrefix:
      return fmt::format("path_separated_prefix '{}'", value_);
    case PathMatch::Kind::kRegex:
      return fmt::format("safe_regex '{}'", value_);
    case PathMatch::Kind::kTemplate:
      return fmt::format("uri template '{}'", value_);
    case PathMatch::Kind::kConnect:
      return "connect_matcher";
    case PathMatch::Kind::kNone:
      break;
  }
  return "no path specifier";
}

std::string PathCriterion::explain(std::string_view path, const HttpRequest& request) const {
  if (kind_ == PathMatch::Kind::kConnect) {
    return fmt::format("connect_matcher: the method is '{}', not CONNECT", request.method);
  }
  if (request.path.empty()) return "a CONNECT without :path matches connect_matcher only";
  const std::string_view any_case = case_sensitive_ ? "" : " in any case";
  switch (kind_) {
    case PathMatch::Kind::kPrefix:
      return fmt::format("path '{}' does not begin with '{}'{}", path, value_, any_case);
    case PathMatch::Kind::kExact:
      return fmt::format("path '{}' is not '{}'{}", path, value_, any_case);
    case PathMatch::Kind::kPathSeparatedPrefix:
      return fmt::format("path '{}' is not '{}' and not below it{}", path, value_, any_case);
    case PathMatch::Kind::kRegex:
      return fmt::format("path '{}' does not match the regular expression '{}' as a whole", path,
                         value_);
    case PathMatch::Kind::kTemplate:
      return fmt::format("path '{}' does not fit the uri template '{}'", path, value_);
    case PathMatch::Kind::kConnect:
    case PathMatch::Kind::kNone:
      break;
  }
  return "the path is matched in a way that is not known";
}

std::string PathCriterion::broken() const {
  return template_error_.empty() ? regex_.error() : template_error_;
}

}  // namespace xdscope::trace
