#include "trace/host_normalization.h"

#include <fmt/format.h>

#include "base/text.h"

namespace xdscope::trace {
namespace {

bool is_authority_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f &&
         std::string_view("\"#/<>?\\^`{|}").find(c) == std::string_view::npos;
}

}  // namespace

HostOptions decode_host_options(json::Value manager) {
  return {manager["strip_any_host_port"].boolean_or(false),
          manager["strip_matching_host_port"].boolean_or(false),
          manager["strip_trailing_host_dot"].boolean_or(false)};
}

std::optional<EarlyReply> check_host(const HttpRequest& request) {
  for (const char c : request.authority) {
    if (!is_authority_character(c)) {
      return EarlyReply{400,
                        "http.invalid_authority",
                        std::nullopt,
                        fmt::format("the host '{}' has characters that no host has",
                                    printable(request.authority)),
                        {}};
    }
  }
  return std::nullopt;
}

std::size_t port_start(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return colon;
  const std::size_t bracket = authority.rfind(']');
  return bracket == std::string_view::npos || bracket < colon ? colon : std::string_view::npos;
}

void normalize_host(HttpRequest& request, const HostOptions& options, std::uint32_t listener_port) {
  std::string& host = request.authority;
  if (options.strip_trailing_dot) {
    const std::size_t dot = host.rfind('.');
    if (dot != std::string::npos && (dot + 1 == host.size() || host[dot + 1] == ':')) {
      host.erase(dot, 1);
    }
  }
  if (!options.strip_any_port && !options.strip_matching_port) return;
  const std::size_t start = port_start(host);
  if (start == std::string::npos) return;
  long port = 0;
  if (!parse_decimal(std::string_view(host).substr(start + 1), port)) return;
  if (options.strip_any_port || port == static_cast<long>(listener_port)) host.resize(start);
}

}  // namespace xdscope::trace
