// The worker's side: everything that touches libjq.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <cstdio>
#include <string>

extern "C" {
#include <jq.h>
#include <jv.h>
}

#include "base/memory_limit.h"
#include "rules/user/jq_protocol.h"

namespace xdscope::rules::user {
namespace {

constexpr std::chrono::milliseconds kCompileTime{20'000};
constexpr std::size_t kSentAtOnce = 64UL * 1024;

bool write_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = write(socket, bytes.data(), bytes.size());
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Replies are sent together: a switch of processes for each costs more than most evaluations. When
// one ends the process, those before it are sent first, so that it is known which one it was; the
// text does not change while an expression runs.
struct Replies {
  int socket = -1;
  std::string text;

  bool send() {
    const bool sent = write_all(socket, text);
    text.clear();
    return sent;
  }
};
Replies& replies() {
  static Replies all;
  return all;
}

[[noreturn]] void end_with(int status) {
  write_all(replies().socket, replies().text);
  _exit(status);
}
void on_timeout(int) { end_with(kExitTimeout); }
void on_no_memory(void*) { end_with(kExitMemory); }
void on_crash(int) { end_with(kExitCrash); }

void allow_time(std::chrono::milliseconds time) {
  itimerval timer{};
  timer.it_value.tv_sec = time.count() / 1000;
  timer.it_value.tv_usec = static_cast<suseconds_t>(time.count() % 1000) * 1000;
  setitimer(ITIMER_PROF, &timer, nullptr);
}

void limit(decltype(RLIMIT_AS) what, rlim_t to) {
  const rlimit value{to, to};
  setrlimit(what, &value);
}

// The address space in use, which the limit counts, too.
std::size_t mapped_bytes() {
  std::size_t pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%zu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void confine(int socket, const JqLimits& limits) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  clearenv();
  setenv("TZ", "UTC", 1);
  // Replies go over the socket; nobody shall read or write what this process inherited.
  const int nowhere = open("/dev/null", O_RDWR);
  if (nowhere < 0) _exit(kExitCrash);
  for (int descriptor = 0; descriptor < 3; ++descriptor) dup2(nowhere, descriptor);
  if (nowhere > 2) close(nowhere);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) signal(number, SIG_DFL);
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE}) signal(number, on_crash);
  replies().socket = socket;
  signal(SIGPROF, on_timeout);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  lift_memory_limit();
  if (const std::size_t mapped = mapped_bytes(); kCanLimitMemory && mapped > 0) {
    limit(RLIMIT_AS, mapped + limits.memory);
  }
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  // No descriptor can be opened any more: no file, no socket.
  limit(RLIMIT_NOFILE, 0);
}

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

bool write_text(int socket, std::string_view text) {
  const auto size = static_cast<Number>(text.size());
  return write_all(socket, {reinterpret_cast<const char*>(&size), sizeof size}) &&
         write_all(socket, text);
}

std::string text_of(jv value) {
  jv text = jv_get_kind(value) == JV_KIND_STRING ? value : jv_dump_string(value, 0);
  std::string out(jv_string_value(text),
                  static_cast<std::size_t>(jv_string_length_bytes(jv_copy(text))));
  jv_free(text);
  return out;
}

void collect_error(void* out, jv message) {
  auto& text = *static_cast<std::string*>(out);
  if (!text.empty()) text += '\n';
  text += text_of(jq_format_error(message));
}

// One libjq state. Compiling costs tens of milliseconds, nearly all of it for jq's own library, so
// that all programs are compiled as one where they are good.
class Machine {
 public:
  Machine() {
    state_ = jq_init();
    jq_set_error_cb(state_, collect_error, &errors_);
    jq_set_nomem_handler(state_, on_no_memory, nullptr);
    jq_set_attr(state_, jv_string("JQ_LIBRARY_PATH"), jv_array());
  }
  ~Machine() { jq_teardown(&state_); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  bool compile(const std::string& program) {
    errors_.clear();
    return jq_compile(state_, program.c_str()) != 0;
  }
  const std::string& errors() const { return errors_; }

  JqReply run(jv input) {
    JqReply reply{JqReply::Kind::kValue, "["};
    jq_start(state_, input, 0);
    jv value = jq_next(state_);
    while (jv_is_valid(value)) {
      if (reply.text.size() > 1) reply.text += ',';
      reply.text += text_of(jv_dump_string(value, 0));
      value = jq_next(state_);
    }
    reply.text += ']';
    if (jv_invalid_has_msg(jv_copy(value))) {
      reply = {JqReply::Kind::kError, text_of(jv_invalid_get_msg(value))};
    } else {
      jv_free(value);
    }
    return reply;
  }

 private:
  jq_state* state_ = nullptr;
  std::string errors_;
};

// `[program, input]` -> what that program makes of the input.
std::string combined(std::span<const std::string> programs) {
  std::string text = ". as [$xdscope_program, $xdscope_input] | $xdscope_input | ";
  for (std::size_t i = 0; i < programs.size(); ++i) {
    text += (i == 0 ? "if" : "elif");
    text += " $xdscope_program == " + std::to_string(i) + " then (" + programs[i] + "\n) ";
  }
  return programs.empty() ? "." : text + "else empty end";
}

std::string fault_of(const std::string& program) {
  Machine machine;
  if (machine.compile(program)) return {};
  return machine.errors().empty() ? "it does not compile" : machine.errors();
}

bool serve_one(int socket, Machine& machine, const JqLimits& limits, bool good) {
  Number program = 0;
  Number count = 0;
  if (!read_number(socket, program) || !read_number(socket, count)) return false;
  std::vector<std::string> inputs(count);
  for (std::string& input : inputs) {
    Number size = 0;
    if (!read_number(socket, size)) return false;
    input.resize(size);
    if (!read_all(socket, input.data(), size)) return false;
  }
  for (const std::string& input : inputs) {
    allow_time(limits.cpu);
    JqReply reply{JqReply::Kind::kError, "it does not compile"};
    jv value = jv_parse_sized(input.data(), static_cast<int>(input.size()));
    if (!good) {
      jv_free(value);
    } else if (!jv_is_valid(value)) {
      reply.text = "its input is no JSON: " + text_of(jv_invalid_get_msg(value));
    } else {
      reply = machine.run(JV_ARRAY(jv_number(program), value));
    }
    allow_time({});
    append_number(replies().text, static_cast<Number>(reply.kind));
    append_number(replies().text, static_cast<Number>(reply.text.size()));
    replies().text += reply.text;
    if (replies().text.size() >= kSentAtOnce && !replies().send()) return false;
  }
  return replies().send();
}

}  // namespace

void run_jq_worker(int socket, std::span<const std::string> programs, const JqLimits& limits) {
  confine(socket, limits);
  allow_time(kCompileTime);
  Machine machine;
  const bool good = machine.compile(combined(programs));
  for (const std::string& program : programs) {
    if (!write_text(socket, good ? std::string() : fault_of(program))) _exit(0);
  }
  allow_time({});
  while (serve_one(socket, machine, limits, good)) {
  }
  _exit(0);
}

}  // namespace xdscope::rules::user
