#include "trace/doubts.h"

#include <fmt/format.h>

#include "json/broken.h"

namespace xdscope::trace {
namespace {

std::string describe(const Snapshot& snapshot, const json::Mismatch& broken) {
  return fmt::format("{} ({})", json::describe(broken), snapshot.where(broken.value));
}

// What decides which listener takes a connection stands outside their filter chains.
std::string broken_listener(const Snapshot& snapshot) {
  const json::Document* sound = nullptr;
  for (const Resource& resource : snapshot.resources(Section::kListeners)) {
    const json::Value body = resource.body;
    if (!resource.serves() || body.document() == nullptr || body.document() == sound) continue;
    if (json::mismatches(*body.document()).empty()) {
      sound = body.document();
      continue;
    }
    const auto broken = json::broken_in(body);
    if (broken && !json::contains(body["filter_chains"], broken->value) &&
        !json::contains(body["default_filter_chain"], broken->value)) {
      return describe(snapshot, *broken);
    }
  }
  return {};
}

std::string broken_cluster(const Index& index, std::string_view name) {
  const Cluster* cluster = index.find_cluster(name);
  if (cluster == nullptr) return {};
  auto broken = json::broken_in(cluster->source);
  const Members members = index.members(*cluster);
  if (!broken && members.known()) broken = json::broken_in(members.assignment->source);
  return broken ? describe(index.snapshot(), *broken) : std::string();
}

void doubt(Outcome& outcome, const std::string& why) {
  if (why.empty() || !outcome.certain) return;
  outcome.certain = false;
  outcome.reason = why;
}

}  // namespace

std::string not_complete(const Snapshot& snapshot, Section section) {
  const std::string_view name = section_name(section);
  if (!snapshot.has(section)) return fmt::format("the dump has no {}", name);
  if (snapshot.broken(section)) return fmt::format("some of the {} could not be read", name);
  return fmt::format("the dump has only a part of the {}", name);
}

void doubt_broken(Run& run) {
  const Index& index = run.compiled.index;
  const Snapshot& snapshot = index.snapshot();
  // All listeners are looked at once: what matters here was read when their table was made.
  std::optional<std::string>& listener = run.compiled.broken_listener;
  if (!listener) listener = broken_listener(snapshot);
  std::string why = *listener;
  for (const json::Value& used : run.used) {
    if (!why.empty()) break;
    if (const auto broken = json::broken_in(used)) why = describe(snapshot, *broken);
  }
  for (Outcome& outcome : run.result.outcomes) {
    doubt(outcome, why);
    if (outcome.certain && outcome.cluster) doubt(outcome, broken_cluster(index, *outcome.cluster));
  }
}

}  // namespace xdscope::trace
