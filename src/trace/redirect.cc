#include "trace/redirect.h"

#include <fmt/format.h>

#include "base/text.h"
#include "trace/path_matcher.h"

namespace xdscope::trace {
namespace {

struct Rewrite {
  std::string_view prefix;
  const Regex* regex = nullptr;
  std::string_view substitution;
  std::string_view path_template;
};

// What prefix_rewrite replaces: what the specifier names, where the path begins with it (its path
// parameters may stand in between), or the whole path for a specifier without a text.
std::size_t matched_length(const Route& route, const HttpRequest& request) {
  const PathMatch& match = route.match.path;
  switch (match.kind) {
    case PathMatch::Kind::kPrefix:
    case PathMatch::Kind::kExact:
    case PathMatch::Kind::kPathSeparatedPrefix: {
      const auto begin = std::string_view(request.path).substr(0, match.value.size());
      const bool there =
          match.case_sensitive ? begin == match.value : equals_ignoring_case(begin, match.value);
      return there ? match.value.size() : std::string::npos;
    }
    default:
      return request.path_without_query().size();
  }
}

std::string rewrite(const Route& route, const HttpRequest& request, const Rewrite& how) {
  const std::string_view plain = request.path_without_query();
  const std::string_view rest = std::string_view(request.path).substr(plain.size());
  std::string path = request.path;
  if (!how.prefix.empty()) {
    const std::size_t length = matched_length(route, request);
    if (length != std::string::npos) path.replace(0, length, how.prefix);
  } else if (how.regex != nullptr) {
    std::string replaced = how.regex->replace_all(plain, how.substitution);
    if (!replaced.empty()) path = replaced.append(rest);
  } else if (!how.path_template.empty()) {
    std::string replaced = rewrite_by_template(plain, route.match.path.value, how.path_template);
    if (!replaced.empty()) path = replaced.append(rest);
  }
  return path;
}

std::string_view host_of_redirect(const HttpRequest& request, std::string_view scheme,
                                  bool new_port) {
  const std::string_view host = request.authority;
  if (host.empty()) return host;
  std::size_t port = host.rfind(':');
  if (host[0] == '[') {
    port = host.rfind("]:");
    if (port != std::string_view::npos) ++port;
  }
  if (port == std::string_view::npos) return host;
  const std::string* forwarded = request.first("x-forwarded-proto");
  const std::string_view protocol =
      forwarded != nullptr ? std::string_view(*forwarded) : std::string_view();
  bool remove = new_port;
  if (scheme != protocol) {
    remove |= protocol == "https" && host.substr(port) == ":443";
    remove |= protocol == "http" && host.substr(port) == ":80";
  }
  return remove ? host.substr(0, port) : host;
}

// path_rewrite: a format, since 1.37; the query stays.
std::optional<std::string> formatted_path(std::string_view format, const HttpRequest& request,
                                          const StreamFacts& facts) {
  auto path = format_header(format, {request, nullptr, facts});
  if (!path || path->empty()) return path ? std::optional(request.path) : std::nullopt;
  return path->append(request.path.substr(request.path_without_query().size()));
}

std::string_view slash_before(std::string_view path) { return path.starts_with('/') ? "" : "/"; }

}  // namespace

std::optional<std::string> redirect_location(const Route& route, const HttpRequest& request,
                                             const Regex& regex) {
  const RedirectAction& redirect = route.redirect;
  const std::string_view scheme = !redirect.scheme_redirect.empty() ? redirect.scheme_redirect
                                  : redirect.https_redirect         ? std::string_view("https")
                                                            : std::string_view(request.scheme);
  const std::string_view host =
      !redirect.host_redirect.empty()
          ? redirect.host_redirect
          : host_of_redirect(request, scheme, redirect.port_redirect != 0);
  std::string port;
  if (redirect.port_redirect != 0) port = fmt::format(":{}", redirect.port_redirect);
  std::string path;
  const bool own_query = redirect.path_redirect.find('?') != std::string_view::npos;
  if (redirect.path_redirect.empty()) {
    Rewrite how{redirect.prefix_rewrite, nullptr, {}, {}};
    if (redirect.regex_rewrite) {
      how.regex = &regex;
      how.substitution = redirect.regex_rewrite->substitution;
    }
    path = rewrite(route, request, how);
    if (const std::string_view format = redirect.source["path_rewrite"].text(); !format.empty()) {
      auto formatted = formatted_path(format, request, {});
      if (!formatted) return std::nullopt;
      path = std::move(*formatted);
    }
  } else {
    path = redirect.path_redirect;
    const std::size_t query = request.path.find('?');
    if (!own_query && query != std::string::npos) path += request.path.substr(query);
  }
  if (redirect.strip_query && !own_query) path.resize(std::min(path.find('?'), path.size()));
  return fmt::format("{}://{}{}{}{}", scheme, host, port, slash_before(path), path);
}

std::string request_uri(const HttpRequest& request) {
  return fmt::format("{}://{}{}{}", request.scheme, request.authority, slash_before(request.path),
                     request.path);
}

std::optional<std::string> rewritten_path(const Route& route, const HttpRequest& request,
                                          const StreamFacts& facts) {
  if (route.action != Route::Action::kRoute) return request.path;
  if (const std::string_view format = route.route.source["path_rewrite"].text(); !format.empty()) {
    return formatted_path(format, request, facts);
  }
  const json::Value policy = route.route.source["path_rewrite_policy"]["typed_config"];
  Regex regex;
  Rewrite how{route.route.prefix_rewrite, nullptr, {}, policy["path_template_rewrite"].text()};
  if (route.route.regex_rewrite) {
    regex = Regex(route.route.regex_rewrite->regex);
    how.regex = &regex;
    how.substitution = route.route.regex_rewrite->substitution;
  }
  return rewrite(route, request, how);
}

}  // namespace xdscope::trace
