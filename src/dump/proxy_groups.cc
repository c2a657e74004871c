#include "dump/proxy_groups.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/try.h"

namespace xdscope {
namespace {

// The node id and the label of a wrapper's dump: whose a part is. Both empty: it does not say.
using Identity = std::pair<std::string_view, std::string_view>;

Identity identity_of(const DumpPart& part) { return {part.node_id, part.label}; }

std::set<Identity> identities_of(const Group& group) {
  std::set<Identity> identities;
  for (const DumpPart& part : group.parts) {
    if (const Identity identity = identity_of(part); identity != Identity()) {
      identities.insert(identity);
    }
  }
  return identities;
}

// The nearest group whose folder holds `folder`; an archive's own is "archive:".
Group* find_above(std::string_view folder, const std::map<std::string_view, Group*>& by_name) {
  for (std::size_t end = folder.size(); end-- > 1;) {
    if (folder[end] != '/' && folder[end - 1] != '/' && folder[end - 1] != ':') continue;
    if (const auto it = by_name.find(folder.substr(0, end)); it != by_name.end()) return it->second;
  }
  return nullptr;
}

}  // namespace

void join_to_proxy_above(Groups& groups) {
  std::map<std::string_view, Group*> by_name;
  std::map<const Group*, std::size_t> proxies;
  for (Group& group : groups) {
    by_name.emplace(group.name, &group);
    proxies.emplace(&group, identities_of(group).size());
  }
  for (Group& group : groups) {
    if (group.parts.empty() || proxies.at(&group) != 0) continue;
    Group* above = find_above(group.name, by_name);
    if (above == nullptr || proxies.at(above) != 1) continue;
    std::ranges::move(group.parts, std::back_inserter(above->parts));
    std::ranges::move(group.skipped, std::back_inserter(above->skipped));
    group.parts.clear();
    group.skipped.clear();
  }
}

Result<std::vector<std::unique_ptr<Snapshot>>> split_proxies(const Group& group,
                                                             std::size_t most_resources) {
  const std::set<Identity> identities = identities_of(group);
  std::map<const json::Document*, Identity> of_document;
  for (const DumpPart& part : group.parts) {
    const Identity identity = identity_of(part);
    if (identity != Identity()) of_document.emplace(part.document.get(), identity);
  }
  std::vector<SnapshotBuilder> builders;  // in the order of their first parts
  std::map<Identity, std::size_t> builder_of;
  for (const DumpPart& part : group.parts) {
    Identity identity = identity_of(part);
    if (identity == Identity() && identities.size() == 1) identity = *identities.begin();
    if (identity == Identity() && of_document.contains(part.document.get())) {
      identity = of_document.at(part.document.get());
    }
    const auto [known, is_new] = builder_of.emplace(identity, builders.size());
    if (is_new) builders.emplace_back(most_resources);
    builders[known->second].add(part);
  }
  std::vector<std::unique_ptr<Snapshot>> snapshots;
  for (SnapshotBuilder& builder : builders) {
    XDSCOPE_TRY_ASSIGN(auto snapshot, builder.finish(group.name));
    snapshots.push_back(std::move(snapshot));
  }
  return snapshots;
}

}  // namespace xdscope
