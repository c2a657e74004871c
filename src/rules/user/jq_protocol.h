// What a worker and the process that started it say to each other: texts with their length before
// them, numbers in the machine's own order.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "rules/user/jq_worker.h"

namespace xdscope::rules::user {

// Exit status of a worker that ran into a limit.
inline constexpr int kExitTimeout = 101;
inline constexpr int kExitMemory = 102;
// One that libjq brought down.
inline constexpr int kExitCrash = 103;

// Request: program, the message's program or kNoProgram, number of inputs, what is given to all,
// the inputs. Reply to each input: kind, text; after the last one, how many microseconds of
// processor time they took. Right after its start a worker sends one text for each program: the
// fault, or "".
using Number = std::uint32_t;
inline constexpr Number kNoProgram = 0xFFFF'FFFF;
// Bytes of a reply's text, at most.
inline constexpr std::size_t kMaxReply = 4UL * 1024 * 1024;
inline void append_number(std::string& out, Number value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The worker itself: runs until the socket is closed, and does not return.
[[noreturn]] void run_jq_worker(int socket, std::span<const std::string> programs,
                                const JqLimits& limits);

}  // namespace xdscope::rules::user
