// What must not be left behind when a signal ends the program: running children, unfinished files.
#pragma once

#include <filesystem>
#include <string>
#include <thread>

namespace xdscope::fetch {

// While it lives, SIGINT, SIGTERM and SIGHUP end the children, remove the unfinished files and then
// end the program as they would have. Create it before any other thread; one at a time.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

 private:
  void watch();

  int signals_ = -1;
  int end_ = -1;
  std::thread thread_;
};

// A file or folder that is removed with all it holds, unless keep() is called first.
class Temporary {
 public:
  explicit Temporary(std::filesystem::path path);
  ~Temporary();
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void keep();

 private:
  std::filesystem::path path_;
};

}  // namespace xdscope::fetch
