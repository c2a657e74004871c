#include "fetch/admin_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>
#include <httplib.h>

#include "base/text.h"
#include "base/try.h"

namespace xdscope::fetch {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

enum class Stop {
  kNone,
  kClosed,       // the other side ended the connection
  kReset,        // … by a reset
  kIdle,         // nothing came for too long
  kTotal,        // all of it took too long
  kTooLarge,     // more bytes than asked for
  kNoHttp,       // the first line is no HTTP status line
  kLongHeaders,  // headers without an end
  kNoMemory,
};

// What httplib reads from and writes to: keeps the time limits, tells why reading ended, and takes
// lines and headers of a sane length only (the library's own parser has no bound on them).
class GuardedStream : public httplib::Stream {
 public:
  GuardedStream(int socket, const Limits& limits, Clock::time_point start, Stop& stop)
      : socket_(socket), limits_(limits), start_(start), stop_(stop) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  int socket() const override { return socket_; }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}

  ssize_t read(char* out, std::size_t size) override {
    if (begin_ == end_ && !fill()) return stop_ == Stop::kClosed ? 0 : -1;
    const std::size_t count = std::min(size, end_ - begin_);
    std::memcpy(out, bytes_.data() + begin_, count);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* bytes, std::size_t size) override {
    if (!wait(POLLOUT)) return -1;
    const ssize_t sent = send(socket_, bytes, size, MSG_NOSIGNAL);
    if (sent < 0) stop_ = Stop::kReset;
    return sent;
  }

  void headers_done() { in_headers_ = false; }

 private:
  bool fill() {
    if (stop_ != Stop::kNone || !wait(POLLIN)) return false;
    const ssize_t got = recv(socket_, bytes_.data(), bytes_.size(), 0);
    if (got <= 0) {
      stop_ = got == 0 ? Stop::kClosed : Stop::kReset;
      return false;
    }
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
    return !in_headers_ || check_headers({bytes_.data(), end_});
  }

  bool wait(short events) {
    while (true) {
      milliseconds left = limits_.idle;
      bool total_is_next = false;
      if (limits_.total > milliseconds::zero()) {
        const auto of_total =
            std::chrono::duration_cast<milliseconds>(start_ + limits_.total - Clock::now());
        total_is_next = of_total < left;
        left = std::min(left, of_total);
      }
      pollfd waiting{socket_, events, 0};
      const int ready = poll(&waiting, 1, static_cast<int>(std::max<long>(0, left.count())));
      if (ready > 0) return true;
      if (ready < 0 && errno == EINTR) continue;
      stop_ = total_is_next ? Stop::kTotal : Stop::kIdle;
      return false;
    }
  }

  // Headers and the beginning of the body may come in one piece: what follows the empty line is
  // not looked at.
  bool check_headers(std::string_view piece) {
    constexpr std::string_view kStart = "HTTP/1.";
    for (const char c : piece) {
      if (seen_ < kStart.size() && c != kStart[seen_]) return refuse(Stop::kNoHttp);
      // "HTTP/1.1 1xx" would have a second head, and no admin port answers so.
      if (seen_ == kStart.size() + 2 && c == '1') return refuse(Stop::kNoHttp);
      ++seen_;
      if (c == '\r') continue;
      if (c == '\n' && line_ == 0) return true;
      line_ = c == '\n' ? 0 : line_ + 1;
      if (line_ > kMaxLine || seen_ > kMaxHeaders) return refuse(Stop::kLongHeaders);
    }
    return true;
  }

  bool refuse(Stop why) {
    stop_ = why;
    return false;
  }

  static constexpr std::size_t kMaxLine = 4096;
  static constexpr std::size_t kMaxHeaders = 65536;

  int socket_;
  const Limits& limits_;
  Clock::time_point start_;
  Stop& stop_;
  bool in_headers_ = true;
  std::size_t seen_ = 0;
  std::size_t line_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::array<char, 65536> bytes_;
};

class Client : public httplib::ClientImpl {
 public:
  Client(const AdminAddress& address, const Limits& limits)
      : ClientImpl(address.socket_path.empty() ? address.host : address.socket_path, address.port),
        limits_(limits) {
    set_connection_timeout(limits.connect);
    set_url_encode(false);
    set_default_headers({{"Host", host_header(address)}, {"Accept-Encoding", "identity"}});
    if (!address.socket_path.empty()) set_address_family(AF_UNIX);
  }

  bool connected() const { return connected_; }
  Stop why() const { return stop_; }

  httplib::Result ask(Method method, const std::string& path, Buffer& body) {
    httplib::Request request;
    request.method = method == Method::kGet ? "GET" : "POST";
    request.path = path;
    request.response_handler = [&](const httplib::Response& response) {
      stream_->headers_done();
      return reserve(response, body);
    };
    request.content_receiver = [&](const char* bytes, std::size_t size, std::uint64_t,
                                   std::uint64_t) {
      if (body.size() + size > limits_.reply_bytes) return refuse(Stop::kTooLarge);
      return body.append({bytes, size}) || refuse(Stop::kNoMemory);
    };
    return send(request);
  }

 private:
  static std::string host_header(const AdminAddress& address) {
    return address.socket_path.empty() ? address.text().substr(sizeof("http://") - 1) : "localhost";
  }

  bool process_socket(const Socket& socket,
                      std::function<bool(httplib::Stream& stream)> callback) override {
    connected_ = true;
    GuardedStream stream(socket.sock, limits_, start_, stop_);
    stream_ = &stream;
    return callback(stream);
  }

  // A reply whose length is told gets its room at once; a lie costs address space only.
  bool reserve(const httplib::Response& response, Buffer& body) {
    const auto length = response.get_header_value<std::uint64_t>("Content-Length");
    if (length > limits_.reply_bytes) return refuse(Stop::kTooLarge);
    return body.reserve(static_cast<std::size_t>(length)) || refuse(Stop::kNoMemory);
  }

  bool refuse(Stop why) {
    stop_ = why;
    return false;
  }

  const Limits& limits_;
  Clock::time_point start_ = Clock::now();
  Stop stop_ = Stop::kNone;
  bool connected_ = false;
  GuardedStream* stream_ = nullptr;
};

std::string seconds(milliseconds time) {
  return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
}

Error not_connected(const AdminAddress& address, const Limits& limits, milliseconds took) {
  const std::string where = address.text();
  if (!address.socket_path.empty()) {
    const bool exists = access(address.socket_path.c_str(), F_OK) == 0;
    return {ErrorCode::kFetch,
            exists ? "nothing answers at this socket" : "there is no such socket", where,
            "check admin.address in the proxy's bootstrap"};
  }
  if (took >= limits.connect) {
    return {ErrorCode::kFetch, fmt::format("no connection within {}", seconds(limits.connect)),
            where, "check the address, or raise --connect-timeout"};
  }
  addrinfo* found = nullptr;
  const int status = getaddrinfo(address.host.c_str(), nullptr, nullptr, &found);
  if (found != nullptr) freeaddrinfo(found);
  if (status != 0) {
    return {ErrorCode::kFetch, fmt::format("no such host: {}", gai_strerror(status)), where,
            "check the address"};
  }
  return {ErrorCode::kFetch, "the connection was refused: nothing listens there", where,
          "check the port: Istio's admin port is 15000, Envoy Gateway's 19000"};
}

Error broken_off(Stop why, const Buffer& body, const Limits& limits, std::string where) {
  const std::string so_far = fmt::format("after {} bytes", body.size());
  const std::string again =
      "take it again; for a large dump raise --idle-timeout or --total-timeout";
  switch (why) {
    case Stop::kIdle:
      return {ErrorCode::kFetch,
              body.size() == 0
                  ? fmt::format("no answer within {}", seconds(limits.idle))
                  : fmt::format("nothing more came for {} {}", seconds(limits.idle), so_far),
              std::move(where), "raise --idle-timeout, or ask the proxy's health at /ready"};
    case Stop::kTotal:
      return {ErrorCode::kFetch,
              fmt::format("not complete within {}, {}", seconds(limits.total), so_far),
              std::move(where), "raise --total-timeout"};
    case Stop::kTooLarge:
      return {
          ErrorCode::kFetch, fmt::format("the reply is larger than {} bytes", limits.reply_bytes),
          std::move(where), "if it is no endless reply of something else, raise --max-reply-size"};
    case Stop::kNoMemory:
      return {ErrorCode::kFetch, fmt::format("not enough memory for the reply, {}", so_far),
              std::move(where), "ask for single sections"};
    case Stop::kNoHttp:
      return {ErrorCode::kFetch, "what answers there does not speak HTTP", std::move(where),
              "check the port: Istio's admin port is 15000"};
    case Stop::kLongHeaders:
      return {ErrorCode::kFetch, "the reply's headers have no end", std::move(where),
              "check the port: Istio's admin port is 15000"};
    case Stop::kNone:
    case Stop::kClosed:
    case Stop::kReset:
      break;
  }
  if (body.size() == 0) {
    return {ErrorCode::kFetch, "the connection was closed without an answer", std::move(where),
            "is this Envoy's admin port, and does the proxy still run?"};
  }
  return {ErrorCode::kFetch, fmt::format("the reply is cut off {}", so_far), std::move(where),
          again};
}

Result<void> check_status(int status, std::string_view reason, const Buffer& body,
                          const std::string& where) {
  if (status == 200) return {};
  // Envoy explains itself in the body; its "cannot convert" also comes with status 500.
  if (auto checked = check_reply(body, Expect::kText, where);
      !checked && body.size() != 0 && checked.error().message.starts_with("Envoy")) {
    return checked;
  }
  std::string_view said = trim(body.view().substr(0, 200));
  said = said.substr(0, said.find('\n'));
  if (said.starts_with('<')) said = "";
  std::string hint = "is this Envoy's admin port?";
  if (status == 503) hint = "this is the answer of a proxy's listener, not of its admin port";
  if (status == 404) hint = "this Envoy does not know the path, or this is not its admin port";
  return fail(ErrorCode::kFetch,
              fmt::format("the answer is {} {}{}{}", status, printable(reason),
                          said.empty() ? "" : ": ", printable(said)),
              where, hint);
}

Result<Buffer> do_request(const AdminAddress& address, Method method, const std::string& path,
                          Expect expect, const Limits& limits) {
  const std::string where = address.text() + path;
  Buffer body;
  Client client(address, limits);
  const Clock::time_point start = Clock::now();
  const httplib::Result result = client.ask(method, path, body);
  if (!client.connected()) {
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
    return std::unexpected(not_connected(address, limits, took));
  }
  if (!result) return std::unexpected(broken_off(client.why(), body, limits, where));
  XDSCOPE_TRY(check_status(result->status, result->reason, body, where));
  XDSCOPE_TRY(check_reply(body, expect, where));
  return body;
}

}  // namespace

Result<Buffer> request(const AdminAddress& address, Method method, const std::string& path,
                       Expect expect, const Limits& limits) {
  try {
    return do_request(address, method, path, expect, limits);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kFetch, fmt::format("cannot ask the admin port: {}", error.what()),
                address.text() + path);
  }
}

}  // namespace xdscope::fetch
