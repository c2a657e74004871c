#include "trace/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace xdscope::trace {

bool IpAddress::loopback() const {
  if (!v6) return bytes[0] == 127;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; }) &&
         bytes[15] == 1;
}

bool IpAddress::unspecified() const {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

bool IpAddress::is_private() const {
  if (v6) return bytes[0] == 0xfd || loopback();
  return bytes[0] == 10 || bytes[0] == 127 || (bytes[0] == 192 && bytes[1] == 168) ||
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
  if (ip.v6 != address.v6) return false;
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
