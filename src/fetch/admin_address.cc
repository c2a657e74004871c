#include <fmt/format.h>

#include "base/text.h"
#include "fetch/admin_client.h"

namespace xdscope::fetch {
namespace {

std::unexpected<Error> bad_url(std::string_view url, std::string_view why) {
  return fail(ErrorCode::kUsage, fmt::format("not the address of an admin port: {}", why),
              printable(url), "give http://HOST:PORT or unix:///PATH");
}

bool parse_port(std::string_view text, int& port) {
  long number = 0;
  if (!parse_decimal(text, number) || number < 1 || number > 65535) return false;
  port = static_cast<int>(number);
  return true;
}

// A sockaddr_un holds this many bytes of a path and the zero that ends it.
constexpr std::size_t kMaxSocketPath = 107;

}  // namespace

std::string AdminAddress::text() const {
  if (!socket_path.empty()) return "unix://" + socket_path;
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("http://[{}]:{}", host, port)
                 : fmt::format("http://{}:{}", host, port);
}

Result<AdminAddress> parse_admin_url(std::string_view url) {
  AdminAddress address;
  std::string_view rest = url;
  if (rest.starts_with("unix:")) {
    rest.remove_prefix(5);
    if (rest.starts_with("//")) rest.remove_prefix(2);
    if (!rest.starts_with('/')) return bad_url(url, "the socket's path must be absolute");
    if (rest.size() > kMaxSocketPath) {
      return bad_url(url, fmt::format("the socket's path is longer than {} bytes", kMaxSocketPath));
    }
    if (rest.find('\0') != std::string_view::npos)
      return bad_url(url, "its path holds a zero byte");
    address.socket_path = rest;
    return address;
  }
  if (rest.starts_with("https://"))
    return bad_url(url, "Envoy's admin port speaks plain HTTP only");
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  if (rest.find("://") != std::string_view::npos)
    return bad_url(url, "its scheme is not http or unix");
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@ \t\r\n") != std::string_view::npos) {
    return bad_url(url, "only a host and a port, no user, path or query");
  }
  const std::size_t bracket = rest.starts_with('[') ? rest.find(']') : 0;
  if (bracket == std::string_view::npos) return bad_url(url, "the bracket is not closed");
  const std::size_t colon = rest.find(':', bracket);
  if (colon == std::string_view::npos) return bad_url(url, "it has no port");
  if (!parse_port(rest.substr(colon + 1), address.port)) {
    return bad_url(url, "its port is no number from 1 to 65535");
  }
  address.host = rest.starts_with('[') ? rest.substr(1, bracket - 1) : rest.substr(0, colon);
  if (address.host.empty()) return bad_url(url, "it has no host");
  if (rest.starts_with('[') && colon != bracket + 1) return bad_url(url, "it has no port");
  return address;
}

}  // namespace xdscope::fetch
