#include "rules/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "json/broken.h"

namespace xdscope::rules {
namespace {

// FNV-1a, 64 bits: must never change, or baselines would.
std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return seed;
}

std::string fingerprint_of(std::string_view rule, std::string_view identity) {
  std::uint64_t value = hash(rule, 0xcbf29ce484222325ULL);
  value = hash(std::string_view("\0", 1), value);
  value = hash(identity, value);
  return fmt::format("{:016x}", value);
}

// The findings of a run, by fingerprint; evidence is looked up at the end, in the order of the
// text.
class Collector {
 public:
  void add(const Task& task, const std::string& proxy, Draft draft) {
    const Card& card = task.rule->card;
    std::string fingerprint =
        fingerprint_of(card.id, draft.identity.empty() ? draft.object : draft.identity);
    if (const auto known = by_fingerprint_.find(fingerprint); known != by_fingerprint_.end()) {
      merge(known->second, task, proxy, std::move(draft));
      return;
    }
    by_fingerprint_.emplace(fingerprint, findings_.size());
    evidence_.push_back(draft.at);
    Finding finding = finding_of(task, std::move(draft));
    finding.fingerprint = std::move(fingerprint);
    finding.proxies = {proxy};
    findings_.push_back(std::move(finding));
  }

  std::vector<Finding> finish() {
    locate();
    return std::move(findings_);
  }

 private:
  static Finding finding_of(const Task& task, Draft draft) {
    const Card& card = task.rule->card;
    Finding finding;
    finding.rule = card.id;
    finding.name = card.name;
    finding.severity = task.severity.value_or(draft.severity.value_or(card.severity));
    finding.message = std::move(draft.message);
    finding.effect = std::move(draft.effect);
    finding.object = std::move(draft.object);
    finding.resource = std::move(draft.resource);
    finding.remediation = draft.remediation.empty() ? card.remediation : draft.remediation;
    return finding;
  }

  // What is grave on one proxy is not less so because another one was looked at before.
  void merge(std::size_t place, const Task& task, const std::string& proxy, Draft draft) {
    Finding& known = findings_[place];
    if (std::find(known.proxies.begin(), known.proxies.end(), proxy) == known.proxies.end()) {
      known.proxies.push_back(proxy);
    }
    const json::Value at = draft.at;
    Finding other = finding_of(task, std::move(draft));
    if (other.severity <= known.severity) return;
    other.fingerprint = std::move(known.fingerprint);
    other.proxies = std::move(known.proxies);
    known = std::move(other);
    evidence_[place] = at;
  }

  void locate() {
    std::vector<std::size_t> order(findings_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::erase_if(order, [&](std::size_t i) { return evidence_[i].document() == nullptr; });
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(evidence_[a].document(), evidence_[a].offset()) <
             std::pair(evidence_[b].document(), evidence_[b].offset());
    });
    for (const std::size_t i : order) findings_[i].evidence = evidence_of(evidence_[i]);
  }

  std::vector<Finding> findings_;
  std::vector<json::Value> evidence_;
  std::unordered_map<std::string, std::size_t> by_fingerprint_;
};

class Drafts : public Reporter {
 public:
  void add(Draft draft) override { drafts_.push_back(std::move(draft)); }
  std::vector<Draft>& all() { return drafts_; }

 private:
  std::vector<Draft> drafts_;
};

// The resources of a snapshot by where they stand in the text: a run may have a finding in each.
class ResourceFinder {
 public:
  explicit ResourceFinder(const Snapshot& snapshot) {
    for (std::size_t i = 0; i < kSectionCount; ++i) {
      for (const Resource& resource : snapshot.resources(static_cast<Section>(i))) {
        if (resource.entry.document() != nullptr) resources_.push_back(&resource);
      }
    }
    std::ranges::stable_sort(resources_, {}, place_of);
  }

  // The resource that holds the value; nullptr where none does.
  const Resource* holder_of(json::Value at) const {
    auto next =
        std::ranges::upper_bound(resources_, std::pair(at.document(), at.offset()), {}, place_of);
    if (next == resources_.begin()) return nullptr;
    const Resource* found = *std::prev(next);
    return json::contains(found->entry, at) ? found : nullptr;
  }

 private:
  using Place = std::pair<const json::Document*, std::size_t>;
  static Place place_of(const Resource* resource) {
    return {resource->entry.document(), resource->entry.offset()};
  }

  std::vector<const Resource*> resources_;
};

// Envoy cannot hold a resource of which a field is of a wrong type: what a rule sees in it is not
// what the proxy has. Empty where the value's resource is sound.
std::string broken_resource(const Snapshot& snapshot, std::optional<ResourceFinder>& finder,
                            json::Value at) {
  if (at.document() == nullptr || json::mismatches(*at.document()).empty()) return {};
  if (!finder) finder.emplace(snapshot);
  const Resource* resource = finder->holder_of(at);
  if (resource == nullptr) return {};
  const auto broken = json::broken_in(resource->entry);
  if (!broken) return {};
  return fmt::format("'{}' of the {} cannot be read: {} at {}", printable(resource->name),
                     section_name(resource->section), json::describe(*broken),
                     json::pointer_of(broken->value));
}

enum class Applicability { kYes, kNo, kUnknown };

Applicability applies(const Card& card, Role role) {
  if (card.roles.empty() || card.roles.contains(role)) return Applicability::kYes;
  return role == Role::kUnknown ? Applicability::kUnknown : Applicability::kNo;
}

std::string roles_text(const Card& card) {
  std::string text;
  for (const Role role : card.roles) {
    if (role == Role::kUnknown) continue;
    if (!text.empty()) text += " or ";
    text += role_name(role);
  }
  return text;
}

std::string reason_not_to_run(const Card& card, const Snapshot& snapshot,
                              Applicability applicable) {
  for (const Input input : card.inputs) {
    if (has_input(snapshot, input)) continue;
    return fmt::format("no {} in this input; {}", input_name(input), how_to_get(input));
  }
  if (!card.inputs_any.empty() &&
      std::none_of(card.inputs_any.begin(), card.inputs_any.end(),
                   [&](Input input) { return has_input(snapshot, input); })) {
    std::string names;
    std::set<std::string_view> how;
    for (const Input input : card.inputs_any) {
      names += fmt::format("{}{}", names.empty() ? "" : " or ", input_name(input));
      how.insert(how_to_get(input));
    }
    return fmt::format("no {} in this input; {}", names, fmt::join(how, " or "));
  }
  if (applicable == Applicability::kUnknown) {
    return fmt::format("for a {} only, and the input does not say what this proxy is; {}",
                       roles_text(card), how_to_get(Input::kBootstrap));
  }
  return {};
}

void add_not_evaluated(std::vector<NotEvaluated>& list, const std::string& rule,
                       const std::string& reason, const std::string& proxy) {
  const auto known = std::find_if(list.begin(), list.end(), [&](const NotEvaluated& item) {
    return item.rule == rule && item.reason == reason;
  });
  if (known != list.end()) {
    if (known->proxies.back() != proxy) known->proxies.push_back(proxy);
  } else {
    list.push_back({rule, reason, {proxy}});
  }
}

void run_task(const Task& task, std::span<const Index* const> proxies, Clock::time_point now,
              std::span<Memory> memories, std::span<std::optional<ResourceFinder>> finders,
              Reads& reads, Collector& collector, std::vector<NotEvaluated>& not_evaluated) {
  std::vector<RuleContext> contexts;
  contexts.reserve(proxies.size());
  std::vector<std::vector<const RuleContext*>> peers(proxies.size());
  for (std::size_t i = 0; i < proxies.size(); ++i) {
    peers[i].reserve(proxies.size() - 1);
    contexts.emplace_back(RuleContext::Setup{
        proxies[i], &task.rule->card, &task.parameters, now, &reads, &memories[i], {}});
  }
  for (std::size_t i = 0; i < proxies.size(); ++i) {
    const Snapshot& snapshot = proxies[i]->snapshot();
    const Applicability applicable = applies(task.rule->card, snapshot.node().role);
    if (applicable == Applicability::kNo) continue;
    if (std::string reason = reason_not_to_run(task.rule->card, snapshot, applicable);
        !reason.empty()) {
      add_not_evaluated(not_evaluated, task.rule->card.id, reason, snapshot.name());
      continue;
    }
    for (std::size_t j = 0; j < proxies.size(); ++j) {
      if (j != i) peers[i].push_back(&contexts[j]);
    }
    const RuleContext context(
        {proxies[i], &task.rule->card, &task.parameters, now, &reads, &memories[i], peers[i]});
    Drafts drafts;
    task.rule->check(context, drafts);
    for (Draft& draft : drafts.all()) {
      if (const std::string reason = broken_resource(snapshot, finders[i], draft.at);
          !reason.empty()) {
        add_not_evaluated(not_evaluated, task.rule->card.id, reason, snapshot.name());
      } else {
        collector.add(task, snapshot.name(), std::move(draft));
      }
    }
  }
}

}  // namespace

Outcome run(std::span<const Task> tasks, std::span<const Index* const> proxies,
            Clock::time_point now) {
  Outcome outcome;
  Collector collector;
  outcome.reads.resize(tasks.size());
  std::vector<Memory> memories(proxies.size());
  std::vector<std::optional<ResourceFinder>> finders(proxies.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    run_task(tasks[i], proxies, now, memories, finders, outcome.reads[i], collector,
             outcome.not_evaluated);
  }
  outcome.findings = collector.finish();
  return outcome;
}

}  // namespace xdscope::rules
