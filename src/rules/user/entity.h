// The entities of a proxy's configuration, as expressions see them: see schema.h.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "rules/context.h"
#include "rules/user/schema.h"
#include "xdscope/finding.h"

namespace xdscope::rules::user {

struct Entity {
  std::string json;
  std::string object;    // for people
  std::string identity;  // for fingerprints
  json::Value at;
  std::optional<KubernetesResource> resource;  // without a field
};

using EntitySink = std::function<void(Entity)>;

// The sections of a dump that an entity stands in.
Input input_of(EntityKind kind);

// Every entity of a kind, in the order of the dump. `with_raw`: `.raw` is filled in, else {}.
void for_each_entity(EntityKind kind, const RuleContext& context, bool with_raw,
                     const EntitySink& sink);

}  // namespace xdscope::rules::user
