#include "trace/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/text.h"

namespace xdscope::trace {

bool IpAddress::loopback() const {
  if (!v6) return bytes[0] == 127 && bytes[1] == 0 && bytes[2] == 0 && bytes[3] == 1;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; }) &&
         bytes[15] == 1;
}

bool IpAddress::unspecified() const {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

bool IpAddress::is_private() const {
  if (v6) return bytes[0] == 0xfd || loopback();
  return bytes[0] == 10 || loopback() || (bytes[0] == 192 && bytes[1] == 168) ||
         (bytes[0] == 172 && (bytes[1] & 0xf0) == 16);
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof buffer || text.find('\0') != text.npos) return {};
  std::memcpy(buffer, text.data(), text.size());
  IpAddress out;
  if (inet_pton(AF_INET, buffer, out.bytes.data()) == 1) return out;
  out.v6 = true;
  if (inet_pton(AF_INET6, buffer, out.bytes.data()) == 1) return out;
  return {};
}

IpAddress no_address() {
  IpAddress ip;
  std::fill_n(ip.bytes.begin(), 4, std::uint8_t{0xff});
  ip.internal = true;
  return ip;
}

std::optional<IpAndPort> parse_ip_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  long port = 0;
  if (colon == text.npos || !parse_decimal(text.substr(colon + 1), port)) return {};
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  const auto ip = parse_ip(host);
  if (!ip || ip->v6 != brackets || port < 0 || port > 65535) return {};
  return IpAndPort{*ip, static_cast<std::uint32_t>(port)};
}

std::string to_string(const IpAddress& ip) {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(ip.v6 ? AF_INET6 : AF_INET, ip.bytes.data(), buffer, sizeof buffer);
  return buffer;
}

std::string format_address(const IpAddress& ip, std::uint32_t port) {
  const std::string host = to_string(ip);
  return (ip.v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool IpRange::contains(const IpAddress& ip) const {
  if (ip.v6 != address.v6 || ip.internal) return false;
  const std::size_t whole = length / 8;
  if (!std::equal(ip.bytes.begin(), ip.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes.begin())) {
    return false;
  }
  const std::uint32_t rest = length % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (ip.bytes[whole] & mask) == (address.bytes[whole] & mask);
}

std::optional<IpRange> parse_range(std::string_view address, std::uint32_t length) {
  const auto ip = parse_ip(address);
  if (!ip) return {};
  return IpRange{*ip, std::min(length, ip->bits())};
}

}  // namespace xdscope::trace
