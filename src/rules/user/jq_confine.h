// The limits that a worker lives in, and how it ends when it runs into one.
#pragma once

#include <chrono>
#include <string>

#include "rules/user/jq_worker.h"

namespace xdscope::rules::user {

// Replies are sent together: a switch of processes for each costs more than most evaluations. When
// one ends the process, those before it are sent first, so that it is known which one it was; the
// text does not change while an expression runs.
struct JqReplies {
  int socket = -1;
  std::string text;

  bool send();
};
JqReplies& replies();

// No environment, no file, no socket but this one; memory as the limits say.
void confine(int socket, const JqLimits& limits);
// The process ends after this much processor time; zero: any is allowed.
void allow_time(std::chrono::milliseconds time);
std::chrono::microseconds processor_time();
// For libjq: the process ends.
void on_no_memory(void*);

}  // namespace xdscope::rules::user
