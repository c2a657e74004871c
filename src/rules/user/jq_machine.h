// libjq itself, in the worker.
#pragma once

#include <span>
#include <string>

extern "C" {
#include <jq.h>
#include <jv.h>
}

#include "rules/user/jq_worker.h"

namespace xdscope::rules::user {

// A string as it is, anything else as JSON.
std::string text_of(jv value);

// One libjq state. Compiling costs tens of milliseconds, nearly all of it for jq's own library, so
// that all programs are compiled as one where they are good.
class Machine {
 public:
  Machine();
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  bool compile(const std::string& program);
  const std::string& errors() const { return errors_; }

  // All that a program yields, as a list.
  JqReply run(jv input);
  // A program that yields whether a rule is raised: see JqWorker::judge.
  JqReply judge(jv input);
  // A program that yields the message of a rule that is raised.
  JqReply message(jv input);

 private:
  jq_state* state_ = nullptr;
  std::string errors_;
};

// `[program, given, input]` -> what that program makes of the input.
std::string combined(std::span<const std::string> programs);
// Why a program does not compile; "" where it does.
std::string fault_of(const std::string& program);

}  // namespace xdscope::rules::user
