#include "rules/user/jq_confine.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "base/memory_limit.h"
#include "rules/user/jq_protocol.h"

namespace xdscope::rules::user {
namespace {

bool write_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = write(socket, bytes.data(), bytes.size());
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// The address sanitizer takes a handler's own stack for a fault before it leaves for good.
[[gnu::no_sanitize_address]] [[noreturn]] void end_with(int status) {
  write_all(replies().socket, replies().text);
  _exit(status);
}
[[gnu::no_sanitize_address]] void on_timeout(int) { end_with(kExitTimeout); }
[[gnu::no_sanitize_address]] void on_crash(int) { end_with(kExitCrash); }

// libjq recurses as deep as values are nested: when the stack is used up there is none to tell it.
void handle_crashes() {
  const std::size_t size = 64UL * 1024;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) {
    stack_t stack{};
    stack.ss_sp = memory;
    stack.ss_size = size;
    sigaltstack(&stack, nullptr);
  }
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = SA_ONSTACK;
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE}) sigaction(number, &action, nullptr);
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

}  // namespace

JqReplies& replies() {
  static JqReplies all;
  return all;
}

bool JqReplies::send() {
  const bool sent = write_all(socket, text);
  text.clear();
  return sent;
}

void on_no_memory(void*) { end_with(kExitMemory); }

void allow_time(std::chrono::milliseconds time) {
  itimerval timer{};
  timer.it_value.tv_sec = time.count() / 1000;
  timer.it_value.tv_usec = static_cast<suseconds_t>(time.count() % 1000) * 1000;
  setitimer(ITIMER_PROF, &timer, nullptr);
}

std::chrono::microseconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_nsec / 1000);
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
  handle_crashes();
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

}  // namespace xdscope::rules::user
