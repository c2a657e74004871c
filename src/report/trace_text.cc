#include "report/trace_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/advice.h"

namespace xdscope::report {
namespace {

constexpr std::size_t kLabelWidth = 20;
constexpr std::size_t kPassedOverTold = 6;
constexpr std::size_t kNearMissesTold = 3;

class Writer {
 public:
  explicit Writer(bool color) : color_(color) {}

  std::string painted(std::string_view text, const char* code) const {
    return color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  std::string bold(std::string_view text) const { return painted(text, "1"); }
  std::string dim(std::string_view text) const { return painted(text, "2"); }

  void step(const Step& step) {
    const std::string label = fmt::format("{:<{}}", stage_name(step.stage), kLabelWidth);
    std::string head = step.chosen.empty() ? painted("none", "31") : bold(printable(step.chosen));
    if (!step.resource.empty()) head += fmt::format("  [{}]", printable(step.resource));
    out += fmt::format("{}{}\n", dim(label), head);
    line(printable(step.reason));
    for (const std::string& note : step.notes) line(printable(note));
    passed_over(step);
    for (std::size_t i = 0; i < std::min(kNearMissesTold, step.near_misses.size()); ++i) {
      line(painted("near miss: ", "33") + printable(step.near_misses[i]));
    }
    if (step.evidence) {
      line(dim(fmt::format("{}:{} {}", printable(step.evidence.file), step.evidence.line,
                           printable(step.evidence.pointer))));
    }
  }

  // What is a near miss as well is told there.
  void passed_over(const Step& step) {
    std::size_t told = 0;
    std::size_t more = 0;
    for (const Alternative& other : step.passed_over) {
      const std::string text = fmt::format("{}: {}", other.what, other.reason);
      if (std::ranges::find(step.near_misses, text) != step.near_misses.end()) continue;
      if (told == kPassedOverTold) {
        ++more;
        continue;
      }
      ++told;
      line(dim(fmt::format("not {}", printable(text))));
    }
    if (more > 0) line(dim(fmt::format("… and {} more passed over (-o json lists all)", more)));
  }

  void line(std::string_view text) { out += fmt::format("{:{}}{}\n", "", kLabelWidth, text); }

  std::string out;

 private:
  bool color_;
};

std::string share_text(const Outcome& outcome) {
  if (!outcome.certain) return "unknown";
  if (outcome.share >= 1) return "always";
  return fmt::format("{:.4g} %", 100 * outcome.share);
}

}  // namespace

std::string outcome_sentence(const Outcome& outcome) {
  std::string out;
  switch (outcome.kind) {
    case Outcome::Kind::kForward:
      out = outcome.cluster ? fmt::format("forwarded to {}", printable(*outcome.cluster))
                            : "where it goes is not known";
      if (outcome.endpoints != nullptr && !outcome.endpoints->empty()) {
        const auto& list = *outcome.endpoints;
        out += fmt::format(" at {}", printable(list.front()));
        if (list.size() > 1) out += fmt::format(" or {} more", list.size() - 1);
      }
      break;
    case Outcome::Kind::kReply:
      out = fmt::format("answered by Envoy: {} flag {} {}", outcome.code, outcome.flags,
                        printable(outcome.details));
      if (outcome.location) out += fmt::format(", to {}", printable(*outcome.location));
      break;
    case Outcome::Kind::kClose:
      out = "the connection is closed without an HTTP answer";
      if (outcome.flags != "-") {
        out += fmt::format(": flag {} {}", outcome.flags, printable(outcome.details));
      }
      break;
  }
  return out;
}

std::string trace_text(const TraceRequest& request, const TraceResult& result, bool color) {
  Writer writer(color);
  writer.out += fmt::format("{} {}{}\n", writer.bold(printable(request.method)),
                            printable(request.authority), printable(request.path));
  for (const std::string& assumption : result.assumptions) {
    writer.out += fmt::format("{}\n", writer.dim("assumed: " + printable(assumption)));
  }
  writer.out += '\n';
  for (const Step& step : result.steps) writer.step(step);
  writer.out += '\n';
  for (const Outcome& outcome : result.outcomes) {
    const bool good = outcome.kind == Outcome::Kind::kForward ||
                      (outcome.kind == Outcome::Kind::kReply && outcome.code < 400);
    const char* paint = !outcome.certain ? "33" : good ? "32" : "31";
    writer.out += fmt::format("{:<9} {}\n", share_text(outcome),
                              writer.painted(outcome_sentence(outcome), paint));
    if (!outcome.reason.empty()) {
      writer.out += fmt::format("{:10}because {}\n", "", printable(outcome.reason));
    }
    if (const std::string next = advice(outcome, result); !next.empty()) {
      writer.out += fmt::format("{:10}next: {}\n", "", printable(next));
    }
  }
  return writer.out;
}

}  // namespace xdscope::report
