// What the connection manager does with :path before routing
// (envoy: source/common/http/path_utility.cc, conn_manager_impl.cc).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "trace/request.h"
#include "trace/runtime.h"
#include "xdscope/json.h"
#include "xdscope/snapshot.h"

namespace xdscope::trace {

// An answer of the connection manager itself, before any HTTP filter.
struct EarlyReply {
  std::uint32_t code = 0;
  std::string_view details;  // RESPONSE_CODE_DETAILS
  std::optional<std::string> location;
  std::string why;     // one sentence for people
  json::Value source;  // the option that decided; absent for what no option changes
  std::string_view flags = "-";
  bool reset = false;  // no answer at all: the stream or the connection is closed
};

enum class EscapedSlashes { kKeep, kReject, kUnescapeAndRedirect, kUnescapeAndForward };

struct PathOptions {
  bool normalize_path = false;
  bool merge_slashes = false;
  EscapedSlashes escaped_slashes = EscapedSlashes::kKeep;
  bool reject_fragment = true;
  bool dot_parameters = true;  // "/..;x/" is "/../" (path_parameters.h)
  json::Value manager;
};
// From an HttpConnectionManager message, and the runtime keys that stand in for what it leaves out.
PathOptions decode_path_options(json::Value manager, const Runtime* runtime = nullptr,
                                Version envoy = {});

// Checks and normalises request.path in place; the answer where the request goes no further.
std::optional<EarlyReply> normalize_path(HttpRequest& request, const PathOptions& options);

// Chromium's canonical form of a path without its query; nothing where it is no path.
// `dot_parameters` as in PathOptions.
std::optional<std::string> canonical_path(std::string_view path, bool dot_parameters = true);

}  // namespace xdscope::trace
