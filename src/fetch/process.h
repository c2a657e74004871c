// Other programs: started without a shell, ended with us.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/buffer.h"
#include "xdscope/error.h"

namespace xdscope::fetch {

// The path of a program in $PATH; an error where there is none.
Result<std::string> find_program(const std::string& name);

// A running program. Its standard input is empty, its arguments are handed over as they are. It and
// the programs it starts are a process group, which is ended with this object; if this process or
// the thread that started it dies, the kernel ends it.
class Child {
 public:
  static Result<Child> start(const std::string& path, const std::vector<std::string>& arguments);
  ~Child();
  Child(Child&& other) noexcept { swap(other); }
  Child& operator=(Child&& other) noexcept {
    swap(other);
    return *this;
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Reads what it prints, up to `size` bytes: 0 at the end, -1 where nothing comes until then.
  ssize_t read(char* out, std::size_t size, std::chrono::steady_clock::time_point until);
  // What it said on standard error so far, at most its last 64 KiB.
  std::string errors() const;
  // Waits for its end: the exit status, 128 + the signal's number where one ended it.
  int wait();
  // Ends it and its group.
  void stop();

 private:
  Child() = default;
  void swap(Child& other) noexcept;

  pid_t pid_ = -1;
  int output_ = -1;
  int errors_ = -1;
  int slot_ = -1;
};

struct Finished {
  int status = 0;
  Buffer output;
  std::string errors;
};

struct RunLimits {
  std::chrono::milliseconds idle{60'000};
  std::chrono::milliseconds total{0};  // 0 is no limit
  std::uint64_t output_bytes = std::uint64_t{2} << 30;
};

// Runs a program to its end. The error is one of starting it or of the limits; its own failure is
// Finished::status.
Result<Finished> run(const std::string& path, const std::vector<std::string>& arguments,
                     const RunLimits& limits);

// Ends every running child; for the moment before this process ends by a signal.
void end_all_children();

}  // namespace xdscope::fetch
