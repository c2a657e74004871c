// The request that is traced, as the connection manager holds it: pseudo-headers apart, all other
// headers in order and with repeats.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xdscope::trace {

struct Header {
  std::string name;  // lower case
  std::string value;
  bool known = true;  // false: there, with a value that only the running proxy knows
  friend bool operator==(const Header&, const Header&) = default;
};

// Appends as Envoy's header map does: a header that Envoy keeps inline (content-type, via, …) stays
// one, its values joined with ",". `name` is lower case.
void append_header(std::vector<Header>& headers, std::string_view name, std::string_view value);

struct HttpRequest {
  std::string method = "GET";
  std::string scheme = "http";  // :scheme, empty for none; x-forwarded-proto is a header of its own
  std::string authority;        // :authority, which is also what `host` means
  std::string path = "/";       // with the query; empty for a CONNECT without :path
  std::vector<Header> headers;

  // Appends as append_header() does; the name is lower-cased. `host` and the pseudo-headers go
  // where they belong.
  void add(std::string_view name, std::string_view value);
  // Removes every entry of that name and appends one.
  void set(std::string_view name, std::string_view value);
  // The same, for a value that only the running proxy knows.
  void set_unknown(std::string_view name);
  void remove(std::string_view name);

  // All values of a header, in order; `name` is lower case. A pseudo-header (:method, :path,
  // :authority, :scheme) or `host` has one value, or none where it is empty.
  std::vector<std::string_view> values(std::string_view name) const;
  // The first value; nullptr where there is none. Repeats do not matter to most of Envoy.
  const std::string* first(std::string_view name) const;
  bool has(std::string_view name) const { return first(name) != nullptr; }
  // Whether the values of a header are known; so they are of one that is not there.
  bool known(std::string_view name) const;
  // All values joined with "," and no space, as Envoy's getAllOfHeaderAsString does.
  std::string joined(std::string_view name) const;

  // The path up to the first `?` or `#`; what routes are matched against.
  std::string_view path_without_query() const;
  // What follows the first `?`; empty where there is none.
  std::string_view query() const;

  // The protocol asked for by an upgrade (lower case: "websocket"), "connect" for the method
  // CONNECT; empty for all other requests, such as those whose Connection does not say upgrade.
  std::string upgrade() const;
  // content-type is application/grpc or application/grpc+….
  bool is_grpc() const;

 private:
  std::string* pseudo(std::string_view name);
  const std::string* pseudo(std::string_view name) const;
};

}  // namespace xdscope::trace
