// jq expressions, evaluated in a process of their own: libjq cannot be interrupted, aborts on some
// faults, and reads ~/.jq and the environment. Whatever an expression does, the worst is that the
// worker ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/error.h"

namespace xdscope::rules::user {

struct JqLimits {
  std::chrono::milliseconds cpu{1000};       // processor time of one evaluation
  std::size_t memory = 512UL * 1024 * 1024;  // bytes on top of what this process has
};

struct JqReply {
  enum class Kind {
    kValue,    // `text` is JSON: the list of what the program yields
    kError,    // `text` is jq's message
    kTimeout,  // processor time is used up
    kMemory,   // memory is used up
    kCrash,    // libjq ended the worker
  };
  Kind kind = Kind::kCrash;
  std::string text;
};

// A set of programs. The worker is started when it is needed first, and again after it has ended;
// it has no environment, no file to open, and no input but the one given.
class JqWorker {
 public:
  explicit JqWorker(std::vector<std::string> programs, JqLimits limits = {});
  ~JqWorker();
  JqWorker(const JqWorker&) = delete;
  JqWorker& operator=(const JqWorker&) = delete;

  // What libjq says about each program: "" where it compiles. An error where there can be no
  // worker.
  Result<std::vector<std::string>> compile();

  // One program on several inputs, each of them JSON. There are fewer replies than inputs where the
  // last one is kTimeout, kMemory or kCrash.
  Result<std::vector<JqReply>> evaluate(std::size_t program, std::span<const std::string> inputs);

 private:
  Result<void> start();
  void stop();
  // Why the worker has ended.
  JqReply reason_of_end();
  bool send(std::string_view bytes);
  bool receive(char* bytes, std::size_t size);
  bool receive_text(std::string& text);

  std::vector<std::string> programs_;
  JqLimits limits_;
  std::vector<std::string> errors_;
  pid_t process_ = -1;
  int socket_ = -1;
  bool overdue_ = false;
};

}  // namespace xdscope::rules::user
