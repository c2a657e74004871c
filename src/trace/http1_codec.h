// What the HTTP codecs refuse or change before the connection manager sees a request
// (envoy: source/common/http/http1/codec_impl.cc, Utility::sanitizeConnectionHeader,
// source/common/http/http2/codec_impl.cc).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "trace/matchers.h"
#include "trace/path_normalization.h"
#include "trace/request.h"

namespace xdscope::trace {

struct CodecOptions {
  bool allow_custom_methods = false;
  bool allow_absolute_url = true;
  bool reject_underscores = false;
  bool drop_underscores = false;
  std::uint64_t max_headers = 100;
  std::uint64_t max_header_bytes = std::uint64_t{60} * 1024;
  std::vector<StringCriterion> ignored_upgrades;
};
CodecOptions decode_codec_options(json::Value manager);

// The answer where the request goes no further. Forgets upgrades that Envoy ignores (h2c). Splits
// the absolute form (RFC 9112 3.2.2), takes away the headers that Connection names, and those with
// underscores where they are dropped.
std::optional<EarlyReply> pass_http1_codec(HttpRequest& request, const CodecOptions& options);
// The same of HTTP/2, which is not answered but reset; the parts of a cookie become one.
std::optional<EarlyReply> pass_http2_codec(HttpRequest& request, const CodecOptions& options);

}  // namespace xdscope::trace
