// IP addresses and ranges, as filter chain matching and RBAC compare them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xdscope::trace {

// An address of either family. An IPv4-mapped IPv6 address stays IPv6, as in Envoy.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;
  // No IP address at all, but that of an internal connection: in no range.
  bool internal = false;

  std::uint32_t bits() const { return v6 ? 128 : 32; }
  // 127.0.0.1 and ::1 alone, as Envoy has it.
  bool loopback() const;
  bool unspecified() const;
  // 10/8, 172.16/12, 192.168/16, fd00::/8 and loopback: Envoy's default of internal addresses
  // before 1.33.
  bool is_private() const;
  bool operator==(const IpAddress&) const = default;
};
// "10.0.0.1", "fd00::1"; brackets are not part of an address.
std::optional<IpAddress> parse_ip(std::string_view text);
// What filter chains are matched by where an address is none (envoy: fakeAddress).
IpAddress no_address();
std::string to_string(const IpAddress& ip);
struct IpAndPort {
  IpAddress ip;
  std::uint32_t port = 0;
};
// "10.0.0.1:80", "[fd00::1]:80".
std::optional<IpAndPort> parse_ip_and_port(std::string_view text);
// "10.0.0.1:80", "[fd00::1]:80".
std::string format_address(const IpAddress& ip, std::uint32_t port);

struct IpRange {
  IpAddress address;
  std::uint32_t length = 0;

  // Only addresses of the range's own family are in it.
  bool contains(const IpAddress& ip) const;
};
// Nothing where the address is none; a length beyond the family's is cut to it.
std::optional<IpRange> parse_range(std::string_view address, std::uint32_t length);

}  // namespace xdscope::trace
