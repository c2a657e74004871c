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
  std::chrono::milliseconds cpu{1000};      // processor time of one evaluation
  std::chrono::milliseconds total{60'000};  // and of all evaluations of one program
  std::chrono::milliseconds compile{20'000};
  std::size_t memory = 512UL * 1024 * 1024;  // bytes on top of what this process has
};

struct JqReply {
  enum class Kind {
    kValue,    // `text` is JSON: the list of what the program yields
    kQuiet,    // the rule is not raised
    kRaised,   // it is; `text` is the message
    kNoTruth,  // `text` is what the program yields and is neither true nor false
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

  // One program on several inputs, each of them JSON; `given`, JSON, too, is $xdscope_given. There
  // are fewer replies than inputs where the last one is kTimeout, kMemory or kCrash. A program
  // whose time is used up is not run any more.
  Result<std::vector<JqReply>> evaluate(std::size_t program, std::span<const std::string> inputs,
                                        std::string_view given = "null");
  // The same with a program that yields whether a rule is raised (true or an object; false, null or
  // nothing) and then [], and one that yields its message, which is run where it is.
  Result<std::vector<JqReply>> judge(std::size_t when, std::size_t message,
                                     std::span<const std::string> inputs, std::string_view given);

 private:
  Result<void> start();
  void stop();
  // Why the worker has ended.
  JqReply reason_of_end();
  bool send(std::string_view bytes);
  bool receive(char* bytes, std::size_t size);
  bool receive_text(std::string& text);
  void find_fault();
  Result<std::vector<JqReply>> ask(std::size_t program, std::size_t then,
                                   std::span<const std::string> inputs, std::string_view given);

  std::vector<std::string> programs_;
  JqLimits limits_;
  std::vector<std::string> errors_;
  std::vector<std::chrono::microseconds> spent_;  // by each program
  pid_t process_ = -1;
  int socket_ = -1;
  bool overdue_ = false;
};

}  // namespace xdscope::rules::user
