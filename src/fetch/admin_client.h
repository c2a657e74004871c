// Envoy's admin port: one request after another, over TCP or a Unix domain socket.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "xdscope/error.h"

namespace xdscope::fetch {

// How long to wait and how much to take. A zero total is no limit.
struct Limits {
  std::chrono::milliseconds connect{10'000};
  // Between two pieces of a reply, and until its first one: Envoy answers a large /config_dump only
  // when all of it is serialized.
  std::chrono::milliseconds idle{60'000};
  std::chrono::milliseconds total{600'000};
  std::uint64_t reply_bytes = std::uint64_t{2} << 30;
};

// Where an admin port is: a host and port, or the path of a Unix domain socket.
struct AdminAddress {
  std::string host;  // without brackets
  int port = 0;
  std::string socket_path;  // in place of host and port

  // http://127.0.0.1:15000, unix:///path: for messages.
  std::string text() const;
};

// "http://host:port[/]", "host:port", "unix:///path" or "unix:/path". A URL with user, path or
// query is refused, and so is https: Envoy's admin port speaks plain HTTP only.
Result<AdminAddress> parse_admin_url(std::string_view url);

enum class Method { kGet, kPost };
// Json: the reply must begin as JSON does, and what Envoy writes instead is told as an error. Text:
// any reply that is not an error page.
enum class Expect { kJson, kText };

// The body of one reply, read straight into its buffer. `path` begins with a slash and may have a
// query. Errors (ErrorCode::kFetch) tell a port that refuses, a reply that is cut, empty, endless
// or too slow, and a reply that is no admin port's.
Result<Buffer> request(const AdminAddress& address, Method method, const std::string& path,
                       Expect expect, const Limits& limits);

// What is wrong with a complete body, for replies that came another way than request().
Result<void> check_reply(const Buffer& body, Expect expect, const std::string& where);

// Whether an error of these two is about an answer that came whole: asking for less may then help,
// where a port that does not answer would only be waited for again.
bool was_answered(const Error& error);

}  // namespace xdscope::fetch
