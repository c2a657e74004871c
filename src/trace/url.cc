#include "trace/url.h"

#include <fmt/format.h>

#include "base/text.h"
#include "trace/host_normalization.h"

namespace xdscope::trace {

Result<Url> parse_url(std::string_view text) {
  const auto refuse = [whole = text](std::string_view why) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no URL: {}", printable(whole), why), {},
                "write https://host[:port]/path");
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f) return refuse("it has spaces or control characters");
  }
  const auto colon = text.find("://");
  if (colon == text.npos) return refuse("it has no scheme");
  Url url;
  url.scheme = to_lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https")
    return refuse("its scheme is not http or https");
  text.remove_prefix(colon + 3);
  const auto end = text.find_first_of("/?#");
  url.authority = text.substr(0, end);
  if (const auto at = url.authority.rfind('@'); at != std::string::npos) {
    url.authority.erase(0, at + 1);
  }
  if (url.authority.empty() || url.authority.starts_with(':')) {
    return refuse("it has no host");
  }
  if (const auto port = port_start(url.authority); port != std::string::npos) {
    long number = 0;
    if (!parse_decimal(std::string_view(url.authority).substr(port + 1), number) || number < 1 ||
        number > 65535) {
      return refuse("its port is none (1 to 65535)");
    }
  }
  std::string_view path = end == text.npos ? std::string_view() : text.substr(end);
  path = path.substr(0, path.find('#'));
  url.path = path.starts_with('/') ? std::string(path) : "/" + std::string(path);
  return url;
}

}  // namespace xdscope::trace
