#include "trace/path_normalization.h"

#include <fmt/format.h>

#include "base/text.h"
#include "json/broken.h"
#include "trace/path_parameters.h"

namespace xdscope::trace {
namespace {

constexpr std::string_view kNormalizationFailed = "path_normalization_failed";

EscapedSlashes decode_escaped_slashes(std::string_view action, const Runtime* runtime) {
  if (action == "REJECT_REQUEST") return EscapedSlashes::kReject;
  if (action == "UNESCAPE_AND_REDIRECT") return EscapedSlashes::kUnescapeAndRedirect;
  if (action == "UNESCAPE_AND_FORWARD") return EscapedSlashes::kUnescapeAndForward;
  if (action == "KEEP_UNCHANGED" || runtime == nullptr) return EscapedSlashes::kKeep;
  // The values of PathWithEscapedSlashesAction.
  switch (
      runtime->integer("http_connection_manager.path_with_escaped_slashes_action").value_or(1)) {
    case 2:
      return EscapedSlashes::kReject;
    case 3:
      return EscapedSlashes::kUnescapeAndRedirect;
    case 4:
      return EscapedSlashes::kUnescapeAndForward;
    default:
      return EscapedSlashes::kKeep;
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// True where the text before the query held an escaped slash; `path` is then without them.
bool unescape_slashes(std::string& path) {
  const std::size_t end = std::min(path.find('?'), path.size());
  std::string out;
  for (std::size_t i = 0; i < end; ++i) {
    if (path[i] == '%' && i + 2 < end) {
      const char low = static_cast<char>(path[i + 2] | 0x20);
      if ((path[i + 1] == '2' && low == 'f') || (path[i + 1] == '5' && low == 'c')) {
        out += low == 'f' ? '/' : '\\';
        i += 2;
        continue;
      }
    }
    out += path[i];
  }
  if (out.size() == end) return false;
  path.replace(0, end, out);
  return true;
}

void merge_slashes(std::string& path) {
  const std::size_t end = std::min(path.find('?'), path.size());
  std::string out;
  for (std::size_t i = 0; i < end; ++i) {
    if (path[i] != '/' || out.empty() || out.back() != '/') out += path[i];
  }
  // Nothing but slashes: Envoy keeps a leading and a trailing one.
  if (out == "/" && end > 1) out = "//";
  path.replace(0, end, out);
}

// The length of a dot at `at`, plain or escaped; 0 for anything else.
std::size_t dot_length(std::string_view path, std::size_t at) {
  if (at >= path.size()) return 0;
  if (path[at] == '.') return 1;
  return path.substr(at, 2) == "%2" && at + 2 < path.size() && (path[at + 2] | 0x20) == 'e' ? 3 : 0;
}

bool ends_segment(std::string_view path, std::size_t at) {
  return at >= path.size() || path[at] == '/' || path[at] == '\\';
}

// At the beginning of a segment: consumes "." or ".." and the slash after it. 0 where it is
// neither.
std::size_t dot_segment(std::string_view path, std::size_t at, bool& up) {
  const std::size_t first = dot_length(path, at);
  if (first == 0) return 0;
  const std::size_t second = dot_length(path, at + first);
  up = second != 0;
  const std::size_t length = first + second;
  if (!ends_segment(path, at + length)) return 0;
  return at + length < path.size() ? length + 1 : length;
}

// Characters that Chromium escapes in a path.
bool needs_escape(unsigned char c) {
  return c <= 0x20 || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '`' || c == '{' ||
         c == '}' || c == '^' || c == '|';
}

// Characters that Chromium does not leave escaped.
bool is_unreserved(int c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// Envoy takes path parameters off plain dot segments first: "/..;x/" is "/../".
std::string without_dot_parameters(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size();) {
    const std::size_t end = std::min(path.find('/', i), path.size());
    const std::string_view segment = path.substr(i, end - i);
    const std::string_view name = segment.substr(0, segment.find(';'));
    out += name == "." || name == ".." ? name : segment;
    if (end < path.size()) out += '/';
    i = end + 1;
  }
  return out;
}

// Appends one escape, or a '%' that begins none, as the canonical form has it. How many characters
// that was; 0 for %00, which no path may have.
std::size_t append_escape(std::string_view text, std::string& out) {
  const int high = text.size() > 2 ? hex_digit(text[1]) : -1;
  const int low = text.size() > 2 ? hex_digit(text[2]) : -1;
  if (high < 0 || low < 0) {
    out += '%';
    return 1;
  }
  const int c = high * 16 + low;
  if (c == 0) return 0;
  if (is_unreserved(c)) {
    out += static_cast<char>(c);
  } else {
    out += text.substr(0, 3);
  }
  return 3;
}

EarlyReply refused(std::uint32_t code, std::string_view details, std::string why,
                   json::Value source = {}) {
  return {code, details, std::nullopt, std::move(why), source, "-"};
}

}  // namespace

PathOptions decode_path_options(json::Value manager, const Runtime* runtime, Version envoy) {
  PathOptions out;
  out.manager = manager;
  const auto normalize = manager["normalize_path"].boolean();
  out.normalize_path = normalize.value_or(
      runtime != nullptr &&
      runtime->integer("http_connection_manager.normalize_path").value_or(0) > 0);
  out.merge_slashes = manager["merge_slashes"].boolean_or(false);
  out.escaped_slashes = decode_escaped_slashes(
      json::enum_name(
          manager["path_with_escaped_slashes_action"], "IMPLEMENTATION_SPECIFIC_DEFAULT",
          {"KEEP_UNCHANGED", "REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD"}),
      runtime);
  out.reject_fragment =
      runtime == nullptr ||
      runtime->boolean("envoy.reloadable_features.http_reject_path_with_fragment").value_or(true);
  out.dot_parameters = path_parameters_by_segment(
                           envoy, runtime, "strip_dotdot_segments_with_parameters") != Verdict::kNo;
  return out;
}

std::optional<std::string> canonical_path(std::string_view original, bool dot_parameters) {
  const std::string path_text =
      dot_parameters ? without_dot_parameters(original) : std::string(original);
  const std::string_view path = path_text;
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "/";
  std::size_t i = !path.empty() && (path[0] == '/' || path[0] == '\\') ? 1 : 0;
  while (i < path.size()) {
    if (out.back() == '/') {
      bool up = false;
      if (const std::size_t skip = dot_segment(path, i, up); skip != 0) {
        if (up && out.size() > 1) out.resize(out.rfind('/', out.size() - 2) + 1);
        i += skip;
        continue;
      }
    }
    const auto c = static_cast<unsigned char>(path[i]);
    if (c == 0) return std::nullopt;
    if (c == '%') {
      const std::size_t length = append_escape(path.substr(i), out);
      if (length == 0) return std::nullopt;
      i += length;
      continue;
    }
    if (c == '\\') {
      out += '/';
    } else if (needs_escape(c)) {
      out += {'%', kHex[c >> 4], kHex[c & 15]};
    } else {
      out += static_cast<char>(c);
    }
    ++i;
  }
  return out;
}

std::optional<EarlyReply> normalize_path(HttpRequest& request, const PathOptions& options) {
  std::string& path = request.path;
  if (path.empty()) {
    if (request.method == "CONNECT") return std::nullopt;
    return refused(404, "missing_path_rejected", "the request has no :path");
  }
  if (path[0] != '/') {
    return refused(404, "absolute_path_rejected",
                   fmt::format("the path '{}' does not begin with '/'", path));
  }
  if (const auto fragment = path.find('#'); fragment != std::string::npos) {
    if (options.reject_fragment) {
      return refused(400, kNormalizationFailed, fmt::format("the path '{}' has a fragment", path));
    }
    path.resize(fragment);
  }
  bool redirect = false;
  if (options.escaped_slashes != EscapedSlashes::kKeep && unescape_slashes(path)) {
    const json::Value source = options.manager["path_with_escaped_slashes_action"];
    if (options.escaped_slashes == EscapedSlashes::kReject) {
      return refused(400, kNormalizationFailed, "the path has escaped slashes, which are rejected",
                     source);
    }
    redirect = options.escaped_slashes == EscapedSlashes::kUnescapeAndRedirect;
  }
  if (options.normalize_path) {
    const std::size_t end = std::min(path.find('?'), path.size());
    const auto canonical =
        canonical_path(std::string_view(path).substr(0, end), options.dot_parameters);
    if (!canonical) {
      return refused(400, kNormalizationFailed,
                     fmt::format("the path '{}' cannot be normalised", printable(path)),
                     options.manager["normalize_path"]);
    }
    path.replace(0, end, *canonical);
  }
  if (options.merge_slashes) merge_slashes(path);
  if (!redirect) return std::nullopt;
  const json::Value source = options.manager["path_with_escaped_slashes_action"];
  if (request.is_grpc()) {
    return refused(400, kNormalizationFailed,
                   "the path has escaped slashes, and a gRPC request is not redirected", source);
  }
  EarlyReply reply = refused(307, kNormalizationFailed,
                             "the path has escaped slashes: redirected to its plain form", source);
  reply.location = path;
  return reply;
}

}  // namespace xdscope::trace
