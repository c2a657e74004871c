#include "fetch/process.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/memory_limit.h"
#include "base/text.h"
#include "base/try.h"

namespace xdscope::fetch {
namespace {

using Clock = std::chrono::steady_clock;

// Process groups that are alive, so that a signal can end them; 0 is a free place.
std::array<std::atomic<pid_t>, 1024> running;

int take_slot(pid_t pid) {
  for (std::size_t i = 0; i < running.size(); ++i) {
    pid_t free = 0;
    if (running[i].compare_exchange_strong(free, pid)) return static_cast<int>(i);
  }
  return -1;
}

struct Pipe {
  int read = -1;
  int write = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == 0) {
      read = ends[0];
      write = ends[1];
    }
  }
  ~Pipe() {
    if (read >= 0) close(read);
    if (write >= 0) close(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_write() { close(std::exchange(write, -1)); }
  int release_read() { return std::exchange(read, -1); }
};

std::unexpected<Error> system_error(std::string_view what) {
  return fail(ErrorCode::kFetch, fmt::format("{}: {}", what, std::strerror(errno)));
}

// Between fork and exec only async-signal-safe calls: another thread may hold any lock.
[[noreturn]] void become(const char* path, char* const* arguments, int output, int errors,
                         int failure, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  lift_memory_limit();
  const int input = open("/dev/null", O_RDONLY);
  if (input < 0 || dup2(input, STDIN_FILENO) < 0) _exit(127);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  execv(path, arguments);
  const int reason = errno;
  [[maybe_unused]] const ssize_t written = write(failure, &reason, sizeof reason);
  _exit(127);
}

}  // namespace

Result<std::string> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const std::string_view folder : split(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    std::string file = fmt::format("{}/{}", folder.empty() ? "." : folder, name);
    struct stat info {};
    if (stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
        access(file.c_str(), X_OK) == 0) {
      return file;
    }
  }
  return fail(ErrorCode::kFetch, fmt::format("there is no {} in PATH", name));
}

Result<Child> Child::start(const std::string& path, const std::vector<std::string>& arguments) {
  Child child;
  Pipe output;
  Pipe failure;
  child.errors_ = memfd_create("errors", MFD_CLOEXEC);
  if (output.read < 0 || failure.read < 0 || child.errors_ < 0) {
    return system_error("cannot start another program");
  }
  std::vector<char*> argv;
  argv.push_back(const_cast<char*>(path.c_str()));
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  const pid_t parent = getpid();
  child.pid_ = fork();
  if (child.pid_ < 0) return system_error("cannot start another program");
  if (child.pid_ == 0) {
    become(path.c_str(), argv.data(), output.write, child.errors_, failure.write, parent);
  }
  setpgid(child.pid_, child.pid_);
  child.slot_ = take_slot(child.pid_);
  output.close_write();
  failure.close_write();
  int reason = 0;
  if (::read(failure.read, &reason, sizeof reason) == sizeof reason) {
    errno = reason;
    return system_error("cannot start " + path);
  }
  child.output_ = output.release_read();
  return child;
}

Child::~Child() {
  stop();
  if (output_ >= 0) close(output_);
  if (errors_ >= 0) close(errors_);
}

void Child::swap(Child& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(output_, other.output_);
  std::swap(errors_, other.errors_);
  std::swap(slot_, other.slot_);
}

ssize_t Child::read(char* out, std::size_t size, Clock::time_point until) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    pollfd waiting{output_, POLLIN, 0};
    const int ready =
        poll(&waiting, 1, static_cast<int>(std::clamp<long>(left.count(), 0, 1 << 30)));
    if (ready == 0) return -1;
    if (ready < 0 && errno != EINTR) return 0;
    if (ready < 0) continue;
    const ssize_t got = ::read(output_, out, size);
    if (got < 0 && errno == EINTR) continue;
    return std::max<ssize_t>(got, 0);
  }
}

std::string Child::errors() const {
  constexpr off_t kMost = 65536;
  struct stat info {};
  if (fstat(errors_, &info) != 0) return "";
  const off_t begin = std::max<off_t>(0, info.st_size - kMost);
  std::string text(static_cast<std::size_t>(info.st_size - begin), '\0');
  const ssize_t got = pread(errors_, text.data(), text.size(), begin);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  return text;
}

int Child::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  // What it started itself may still be there.
  kill(-pid_, SIGKILL);
  if (slot_ >= 0) running[static_cast<std::size_t>(slot_)] = 0;
  pid_ = -1;
  slot_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Child::stop() {
  if (pid_ <= 0) return;
  // SIGKILL: all of its work is over once nobody reads it.
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  wait();
}

Result<Finished> run(const std::string& path, const std::vector<std::string>& arguments,
                     const RunLimits& limits) {
  XDSCOPE_TRY_ASSIGN(Child child, Child::start(path, arguments));
  const Clock::time_point start = Clock::now();
  const bool has_total = limits.total.count() > 0;
  Finished finished;
  std::array<char, 65536> piece;
  while (true) {
    Clock::time_point until = Clock::now() + limits.idle;
    if (has_total) until = std::min(until, start + limits.total);
    const ssize_t got = child.read(piece.data(), piece.size(), until);
    if (got < 0) {
      const bool total = has_total && Clock::now() >= start + limits.total;
      return fail(
          ErrorCode::kFetch,
          fmt::format("{} did not end within {:g} s", path,
                      std::chrono::duration<double>(total ? limits.total : limits.idle).count()),
          {}, total ? "raise --total-timeout" : "raise --idle-timeout");
    }
    if (got == 0) break;
    const std::string_view bytes(piece.data(), static_cast<std::size_t>(got));
    if (finished.output.size() + bytes.size() > limits.output_bytes) {
      return fail(ErrorCode::kFetch,
                  fmt::format("{} prints more than {} bytes", path, limits.output_bytes), {},
                  "raise --max-reply-size");
    }
    if (!finished.output.append(bytes)) {
      return fail(ErrorCode::kFetch, "not enough memory for what it prints", path);
    }
  }
  finished.status = child.wait();
  finished.errors = child.errors();
  return finished;
}

void end_all_children() {
  for (std::atomic<pid_t>& pid : running) {
    if (const pid_t group = pid.load(); group > 0) kill(-group, SIGKILL);
  }
}

}  // namespace xdscope::fetch
