#include "fetch/cleanup.h"

#include <csignal>
#include <mutex>
#include <set>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "fetch/process.h"

namespace xdscope::fetch {
namespace {

std::mutex temporaries_mutex;
std::set<std::filesystem::path>& temporaries() {
  static std::set<std::filesystem::path> paths;
  return paths;
}

void remove_tree(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

SignalGuard::SignalGuard() {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  end_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { watch(); });
}

SignalGuard::~SignalGuard() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(end_, &one, sizeof one);
  thread_.join();
  close(signals_);
  close(end_);
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void SignalGuard::watch() {
  pollfd waiting[2] = {{signals_, POLLIN, 0}, {end_, POLLIN, 0}};
  while (poll(waiting, 2, -1) < 0) {
  }
  signalfd_siginfo info{};
  if ((waiting[0].revents & POLLIN) == 0 || read(signals_, &info, sizeof info) != sizeof info)
    return;
  // Held until the end: nobody adds or finishes a file any more.
  temporaries_mutex.lock();
  end_all_children();
  for (const auto& path : temporaries()) remove_tree(path);
  const int number = static_cast<int>(info.ssi_signo);
  std::signal(number, SIG_DFL);
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  std::raise(number);
}

Temporary::Temporary(std::filesystem::path path) : path_(std::move(path)) {
  const std::lock_guard lock(temporaries_mutex);
  temporaries().insert(path_);
}

Temporary::~Temporary() {
  const std::lock_guard lock(temporaries_mutex);
  if (temporaries().erase(path_) != 0) remove_tree(path_);
}

void Temporary::keep() {
  const std::lock_guard lock(temporaries_mutex);
  temporaries().erase(path_);
}

}  // namespace xdscope::fetch
