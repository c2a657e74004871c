#include "mutation/oracle.h"

#include <algorithm>

#include <fmt/format.h>

#include "rules/catalogue.h"

namespace xdscope::mutation {
namespace {

class Judge {
 public:
  Judge(const Capture& capture, const Mutant& mutant) : capture_(capture), mutant_(mutant) {}

  std::vector<std::string> run() {
    std::string error;
    const auto answers = ask(mutant_.text, capture_.requests, error);
    if (mutant_.effect == Effect::kCutOff) {
      if (answers) blame("a text that is cut off is read");
      if (!answers && error.find("cut off") == std::string::npos) {
        blame("not said to be cut off: " + error);
      }
      return std::move(faults_);
    }
    if (!answers) {
      blame("refused as a whole: " + error);
      return std::move(faults_);
    }
    judge_tables(*answers);
    judge_traces(*answers);
    judge_findings(*answers);
    judge_problems(*answers);
    return std::move(faults_);
  }

 private:
  void blame(std::string what) { faults_.push_back(std::move(what)); }

  // Rows of resources that were not touched are all there, and no others but those of touched ones.
  void judge_tables(const Answers& answers) {
    std::map<std::string, Rows> intact;
    std::set<std::string> touched;
    for (std::size_t i = 0; i < capture_.entries.size(); ++i) {
      const std::string& table = capture_.entries[i].table;
      const bool changed = mutant_.touched.contains(i);
      if (changed && !mutant_.dropped.contains(i)) touched.insert(table);
      if (changed) continue;
      for (const auto& [row, count] : capture_.rows[i]) intact[table][row] += count;
    }
    for (const auto& [table, rows] : intact) {
      const auto found = answers.tables.find(table);
      for (const auto& [row, count] : rows) {
        const int there = found == answers.tables.end() ? 0 : count_of(found->second, row);
        if (there < count) blame(fmt::format("the table {} has lost: {}", table, row));
      }
    }
    for (const auto& [table, rows] : answers.tables) {
      for (const auto& [row, count] : rows) {
        if (!touched.contains(table) && count > count_of(intact[table], row)) {
          blame(fmt::format("the table {} has made up: {}", table, row));
        }
      }
    }
  }
  static int count_of(const Rows& rows, const std::string& row) {
    const auto found = rows.find(row);
    return found == rows.end() ? 0 : found->second;
  }

  static bool same_end(const Outcome& a, const Outcome& b) {
    return a.kind == b.kind && a.code == b.code && a.flags == b.flags && a.details == b.details &&
           a.cluster == b.cluster && a.route == b.route && a.virtual_host == b.virtual_host &&
           a.location == b.location;
  }
  // Names of what a finding is about may be made of the proxy's own, which the bootstrap tells.
  bool told_otherwise(const std::string& id) const {
    return mutant_.input == rules::Input::kBootstrap &&
           std::ranges::any_of(capture_.base.findings, [&](const auto& finding) {
             return finding.second.starts_with(id + " ");
           });
  }
  static std::string words(const Outcome& outcome) {
    return fmt::format("{} {} {} {} cluster {} route {} ({})",
                       outcome.kind == Outcome::Kind::kForward ? "forward"
                       : outcome.kind == Outcome::Kind::kReply ? "reply"
                                                               : "close",
                       outcome.code, outcome.flags, outcome.details, outcome.cluster.value_or("-"),
                       outcome.route.value_or("-"), outcome.certain ? "certain" : outcome.reason);
  }
  static bool same_endpoints(const Outcome& a, const Outcome& b) {
    // Not to know them is no lie.
    if (a.endpoints == nullptr) return true;
    if (b.endpoints == nullptr) return false;
    std::vector<std::string> one = *a.endpoints;
    std::vector<std::string> two = *b.endpoints;
    std::ranges::sort(one);
    std::ranges::sort(two);
    return one == two;
  }

  // A forward without endpoints says which cluster, and leaves open whether that has any.
  // Host names to be resolved leave it open, too.
  bool leaves_open(const Outcome& outcome, const Outcome& truth) const {
    return outcome.kind == Outcome::Kind::kForward &&
           (outcome.endpoints == nullptr || mutant_.input == rules::Input::kEndpoints) &&
           truth.flags == "UH" && outcome.cluster == truth.cluster;
  }
  // An answer of the proxy's own names the route's cluster only where that is known to exist.
  bool leaves_out_cluster(Outcome outcome, const Outcome& truth) const {
    if (mutant_.input != rules::Input::kClusters || outcome.cluster ||
        outcome.kind != Outcome::Kind::kReply) {
      return false;
    }
    outcome.cluster = truth.cluster;
    return same_end(outcome, truth);
  }

  void judge_traces(const Answers& answers) {
    for (std::size_t i = 0; i < capture_.requests.size(); ++i) {
      if (!answers.traces[i]) continue;
      for (const Outcome& outcome : answers.traces[i]->outcomes) {
        if (!outcome.certain) continue;
        judge_outcome(i, outcome);
      }
    }
  }
  void judge_outcome(std::size_t request, const Outcome& outcome) {
    const std::string about =
        fmt::format("request {} {}:{}{}: ", request, capture_.requests[request].authority,
                    capture_.requests[request].port, capture_.requests[request].path);
    // All else than a sound change leaves what is true as it was.
    if (mutant_.effect != Effect::kChanged) {
      const auto& base = capture_.base.traces[request];
      const bool known =
          base && std::ranges::any_of(base->outcomes, [&](const Outcome& candidate) {
            return (same_end(outcome, candidate) && same_endpoints(outcome, candidate)) ||
                   leaves_open(outcome, candidate) || leaves_out_cluster(outcome, candidate);
          });
      if (!known) {
        blame(fmt::format("{}certain of {}; it was {}", about, words(outcome),
                          base ? words(base->outcomes.front()) : "not traced"));
      }
    }
    for (const std::size_t gone : mutant_.dropped) {
      const Entry& entry = capture_.entries[gone];
      if (entry.table != "clusters" || outcome.cluster != entry.name) continue;
      if (outcome.kind == Outcome::Kind::kForward) {
        blame(about + "certain of a cluster that is not there: " + entry.name);
      }
    }
  }

  // Nothing new is found where nothing new is to be seen.
  void judge_findings(const Answers& answers) {
    if (mutant_.effect == Effect::kChanged) return;
    for (const auto& [fingerprint, what] : answers.findings) {
      if (!capture_.base.findings.contains(fingerprint) && !may_be_new(what)) {
        blame("a finding made up: " + what);
      }
    }
    if (mutant_.effect != Effect::kSame) return;
    for (const auto& [fingerprint, what] : capture_.base.findings) {
      if (!answers.findings.contains(fingerprint)) blame("a finding lost: " + what);
    }
  }

  // Rules that only use a section where it is there may see a defect that it would have excused.
  bool may_be_new(const std::string& finding) const {
    if (mutant_.effect == Effect::kSame || !mutant_.input) return false;
    const std::string id = finding.substr(0, finding.find(' '));
    if (told_otherwise(id)) return true;
    const auto& rules = rules::builtin_rules();
    const auto rule =
        std::ranges::find_if(rules, [&](const auto& one) { return one.card.id == id; });
    return rule != rules.end() && rule->card.uses.contains(*mutant_.input);
  }

  void judge_problems(const Answers& answers) {
    const bool said = answers.problems.size() > capture_.base.problems.size();
    if (mutant_.structural && !said) blame("no warning");
    if (mutant_.effect != Effect::kBroken || mutant_.sound || said) return;
    for (const auto& [table, rows] : capture_.base.tables) {
      const auto found = answers.tables.find(table);
      // A table that shows the odd value as it stands hides nothing.
      if (found != answers.tables.end() && shows_mutant(found->second)) continue;
      if (found == answers.tables.end() || found->second != rows) {
        blame("the table " + table + " differs, and no warning says why");
      }
    }
  }

  static bool shows_mutant(const Rows& rows) {
    return std::ranges::any_of(rows, [](const auto& row) {
      return row.first.find("mutant") != std::string::npos ||
             row.first.find("MUTANT") != std::string::npos;
    });
  }

  const Capture& capture_;
  const Mutant& mutant_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> judge(const Capture& capture, const Mutant& mutant) {
  return Judge(capture, mutant).run();
}

}  // namespace xdscope::mutation
