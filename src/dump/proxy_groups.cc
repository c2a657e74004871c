#include "dump/proxy_groups.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

namespace xdscope {
namespace {

// The node id and the label of a wrapper's dump: whose a part is. Both empty: it does not say.
using Identity = std::pair<std::string_view, std::string_view>;

Identity identity_of(const DumpPart& part) { return {part.node_id, part.label}; }

std::vector<Identity> identities_of(const Group& group) {
  std::vector<Identity> identities;
  for (const DumpPart& part : group.parts) {
    const Identity identity = identity_of(part);
    if (identity != Identity() && std::ranges::find(identities, identity) == identities.end()) {
      identities.push_back(identity);
    }
  }
  return identities;
}

bool is_below(std::string_view folder, std::string_view parent) {
  if (!folder.starts_with(parent) || folder.size() <= parent.size()) return false;
  return parent.ends_with(':') || parent.ends_with('/') || folder[parent.size()] == '/';
}

}  // namespace

void join_to_proxy_above(Groups& groups) {
  for (Group& group : groups) {
    if (group.parts.empty() || !identities_of(group).empty()) continue;
    Group* above = nullptr;
    for (Group& other : groups) {
      if (other.name.empty() || !is_below(group.name, other.name)) continue;
      if (above == nullptr || above->name.size() < other.name.size()) above = &other;
    }
    if (above == nullptr || identities_of(*above).size() != 1) continue;
    std::ranges::move(group.parts, std::back_inserter(above->parts));
    std::ranges::move(group.skipped, std::back_inserter(above->skipped));
    group.parts.clear();
    group.skipped.clear();
  }
}

std::vector<std::unique_ptr<Snapshot>> split_proxies(const Group& group) {
  const std::vector<Identity> identities = identities_of(group);
  std::map<const json::Document*, Identity> of_document;
  for (const DumpPart& part : group.parts) {
    const Identity identity = identity_of(part);
    if (identity != Identity()) of_document.emplace(part.document.get(), identity);
  }
  std::vector<std::pair<Identity, SnapshotBuilder>> builders;
  for (const DumpPart& part : group.parts) {
    Identity identity = identity_of(part);
    if (identity == Identity() && identities.size() == 1) identity = identities.front();
    if (identity == Identity() && of_document.contains(part.document.get())) {
      identity = of_document.at(part.document.get());
    }
    auto builder = std::ranges::find(builders, identity, &decltype(builders)::value_type::first);
    if (builder == builders.end()) {
      builder = builders.emplace(builders.end(), identity, SnapshotBuilder());
    }
    builder->second.add(part);
  }
  std::vector<std::unique_ptr<Snapshot>> snapshots;
  for (auto& [identity, builder] : builders) snapshots.push_back(builder.finish(group.name));
  return snapshots;
}

}  // namespace xdscope
