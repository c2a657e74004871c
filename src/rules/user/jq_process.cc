// The worker's side: reads requests, replies to them.
#include <unistd.h>

#include <algorithm>

#include "rules/user/jq_confine.h"
#include "rules/user/jq_machine.h"
#include "rules/user/jq_protocol.h"

namespace xdscope::rules::user {
namespace {

constexpr std::size_t kSentAtOnce = 64UL * 1024;
// Longer than this nobody waits for a reply that is there.
constexpr std::chrono::seconds kSentAfter{5};

bool read_all(int socket, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t got = read(socket, bytes, size);
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool read_number(int socket, Number& value) {
  return read_all(socket, reinterpret_cast<char*>(&value), sizeof value);
}

bool read_text(int socket, std::string& text) {
  Number size = 0;
  if (!read_number(socket, size)) return false;
  text.resize(size);
  return read_all(socket, text.data(), size);
}

struct Request {
  Number program = 0;
  Number then = 0;
  std::string given;
  std::vector<std::string> inputs;
};

bool read_request(int socket, Request& request) {
  Number count = 0;
  if (!read_number(socket, request.program) || !read_number(socket, request.then) ||
      !read_number(socket, count) || !read_text(socket, request.given)) {
    return false;
  }
  request.inputs.resize(count);
  return std::all_of(request.inputs.begin(), request.inputs.end(),
                     [&](std::string& input) { return read_text(socket, input); });
}

class Parsed {
 public:
  explicit Parsed(const std::string& text)
      : value_(jv_parse_sized(text.data(), static_cast<int>(text.size()))) {}
  ~Parsed() { jv_free(value_); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  jv copy() const { return jv_copy(value_); }
  bool valid() const { return jv_is_valid(value_); }

 private:
  jv value_;
};

JqReply reply_to(Machine& machine, const Request& request, const Parsed& given,
                 const std::string& input) {
  const Parsed value(input);
  if (!value.valid()) {
    return {JqReply::Kind::kError,
            "its input is no JSON: " + text_of(jv_invalid_get_msg(value.copy()))};
  }
  const auto to = [&](Number program) {
    return JV_ARRAY(jv_number(program), given.copy(), value.copy());
  };
  if (request.then == kNoProgram) return machine.run(to(request.program));
  JqReply reply = machine.judge(to(request.program));
  if (reply.kind == JqReply::Kind::kRaised) reply = machine.message(to(request.then));
  return reply;
}

bool serve_one(int socket, Machine& machine, const JqLimits& limits, bool good) {
  Request request;
  if (!read_request(socket, request)) return false;
  const Parsed given(request.given);
  const auto begin = processor_time();
  auto sent = std::chrono::steady_clock::now();
  for (const std::string& input : request.inputs) {
    allow_time(limits.cpu);
    const JqReply reply = good ? reply_to(machine, request, given, input)
                               : JqReply{JqReply::Kind::kError, "it does not compile"};
    allow_time({});
    append_number(replies().text, static_cast<Number>(reply.kind));
    append_number(replies().text, static_cast<Number>(reply.text.size()));
    replies().text += reply.text;
    const auto now = std::chrono::steady_clock::now();
    if (replies().text.size() < kSentAtOnce && now - sent < kSentAfter) continue;
    if (!replies().send()) return false;
    sent = now;
  }
  append_number(replies().text, static_cast<Number>((processor_time() - begin).count()));
  return replies().send();
}

}  // namespace

void run_jq_worker(int socket, std::span<const std::string> programs, const JqLimits& limits) {
  confine(socket, limits);
  allow_time(limits.compile);
  Machine machine;
  const bool good = machine.compile(combined(programs));
  for (const std::string& program : programs) {
    const std::string fault = good ? std::string() : fault_of(program);
    append_number(replies().text, static_cast<Number>(fault.size()));
    replies().text += fault;
  }
  allow_time({});
  if (!replies().send()) _exit(0);
  while (serve_one(socket, machine, limits, good)) {
  }
  _exit(0);
}

}  // namespace xdscope::rules::user
