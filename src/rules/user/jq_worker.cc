#include "rules/user/jq_worker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/try.h"
#include "rules/user/jq_protocol.h"

namespace xdscope::rules::user {
namespace {

// Processor time is what is limited; this only catches a worker that does not run at all.
constexpr int kSilenceMilliseconds = 120'000;
// More than any reply has.
constexpr std::size_t kMaxText = 2 * kMaxReply;

}  // namespace

JqWorker::JqWorker(std::vector<std::string> programs, JqLimits limits)
    : programs_(std::move(programs)), limits_(limits), spent_(programs_.size()) {}

JqWorker::~JqWorker() { stop(); }

void JqWorker::stop() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
  if (process_ > 0) {
    kill(process_, SIGKILL);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  process_ = -1;
  overdue_ = false;
}

Result<void> JqWorker::start() {
  if (process_ > 0) return {};
  const auto fault = [](const char* what) {
    return fail(ErrorCode::kInternal, "no process for the expressions can be started", what,
                std::strerror(errno));
  };
  int sockets[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) return fault("socketpair");
  for (const int socket : sockets) fcntl(socket, F_SETFD, FD_CLOEXEC);
  const pid_t process = fork();
  if (process < 0) {
    close(sockets[0]);
    close(sockets[1]);
    return fault("fork");
  }
  if (process == 0) {
    close(sockets[0]);
    run_jq_worker(sockets[1], programs_, limits_);
  }
  close(sockets[1]);
  socket_ = sockets[0];
  process_ = process;
  errors_.assign(programs_.size(), "");
  for (std::string& error : errors_) {
    if (receive_text(error)) continue;
    error = reason_of_end().text;
    find_fault();
    break;
  }
  return {};
}

// The worker ended while it compiled all programs together: which one is to blame?
void JqWorker::find_fault() {
  // Each takes as long as a small set of them.
  constexpr std::size_t kTried = 200;
  if (programs_.size() < 2 || programs_.size() > kTried) return;
  for (std::size_t i = 0; i < programs_.size(); ++i) {
    JqWorker alone({programs_[i]}, limits_);
    const auto errors = alone.compile();
    if (!errors || (*errors)[0].empty()) continue;
    errors_.assign(programs_.size(), "");
    errors_[i] = (*errors)[0];
    return;
  }
}

bool JqWorker::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool JqWorker::receive(char* bytes, std::size_t size) {
  if (socket_ < 0) return false;
  while (size > 0) {
    pollfd wait{socket_, POLLIN, 0};
    const int ready = poll(&wait, 1, kSilenceMilliseconds);
    if (ready < 0 && errno == EINTR) continue;
    overdue_ = ready == 0;
    if (ready <= 0) return false;
    const ssize_t got = read(socket_, bytes, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool JqWorker::receive_text(std::string& text) {
  Number size = 0;
  if (!receive(reinterpret_cast<char*>(&size), sizeof size)) return false;
  if (size > kMaxText) {
    // No worker in its senses says so much.
    kill(process_, SIGKILL);
    return false;
  }
  text.resize(size);
  return receive(text.data(), size);
}

JqReply JqWorker::reason_of_end() {
  JqReply reply{JqReply::Kind::kCrash, "libjq ended unexpectedly"};
  if (overdue_) {
    reply = {JqReply::Kind::kTimeout, "no answer"};
  } else if (process_ > 0) {
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == kExitTimeout) {
      reply = {JqReply::Kind::kTimeout, "it used up its processor time"};
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == kExitMemory) {
      reply = {JqReply::Kind::kMemory, "it used up its memory"};
    }
  }
  stop();
  return reply;
}

Result<std::vector<std::string>> JqWorker::compile() {
  XDSCOPE_TRY(start());
  return errors_;
}

Result<std::vector<JqReply>> JqWorker::evaluate(std::size_t program,
                                                std::span<const std::string> inputs,
                                                std::string_view given) {
  return ask(program, kNoProgram, inputs, given);
}

Result<std::vector<JqReply>> JqWorker::judge(std::size_t when, std::size_t message,
                                             std::span<const std::string> inputs,
                                             std::string_view given) {
  return ask(when, message, inputs, given);
}

Result<std::vector<JqReply>> JqWorker::ask(std::size_t program, std::size_t then,
                                           std::span<const std::string> inputs,
                                           std::string_view given) {
  if (inputs.empty()) return std::vector<JqReply>();
  XDSCOPE_TRY(start());
  if (spent_[program] >= limits_.total) {
    return std::vector<JqReply>{{JqReply::Kind::kTimeout, "it used up its processor time"}};
  }
  std::string request;
  append_number(request, static_cast<Number>(program));
  append_number(request, static_cast<Number>(then));
  append_number(request, static_cast<Number>(inputs.size()));
  append_number(request, static_cast<Number>(given.size()));
  request += given;
  for (const std::string& input : inputs) {
    append_number(request, static_cast<Number>(input.size()));
    request += input;
  }
  std::vector<JqReply> replies;
  if (process_ <= 0 || !send(request)) {
    replies.push_back(reason_of_end());
    return replies;
  }
  while (replies.size() < inputs.size()) {
    Number kind = 0;
    JqReply reply;
    if (!receive(reinterpret_cast<char*>(&kind), sizeof kind) || !receive_text(reply.text)) {
      replies.push_back(reason_of_end());
      break;
    }
    reply.kind = static_cast<JqReply::Kind>(kind);
    replies.push_back(std::move(reply));
  }
  Number spent = 0;
  if (process_ > 0 && receive(reinterpret_cast<char*>(&spent), sizeof spent)) {
    spent_[program] += std::chrono::microseconds(spent);
  } else if (replies.back().kind == JqReply::Kind::kTimeout) {
    spent_[program] += limits_.cpu;
  }
  return replies;
}

}  // namespace xdscope::rules::user
