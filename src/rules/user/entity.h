// The entities of a proxy's configuration, as expressions see them: see schema.h.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "rules/context.h"
#include "rules/user/needs.h"
#include "rules/user/schema.h"
#include "xdscope/finding.h"

namespace xdscope::rules::user {

struct EntityLabel {
  std::string object;                          // for people
  std::string identity;                        // for fingerprints
  std::optional<KubernetesResource> resource;  // without a field
};

struct Entity {
  std::string json;
  json::Value at;
  // Made where a rule is raised; may be called as long as the index lives.
  std::function<EntityLabel()> label;
};

// Which members are made. `raw`: whether `.raw` is filled in, else it is {}.
struct Wanted {
  const Needs& needs;
  bool raw = false;
};

using EntitySink = std::function<void(Entity)>;

// The sections of a dump that an entity stands in.
Input input_of(EntityKind kind);

// Every entity of a kind, in the order of the dump.
void for_each_entity(EntityKind kind, const RuleContext& context, const Wanted& wanted,
                     const EntitySink& sink);

}  // namespace xdscope::rules::user
