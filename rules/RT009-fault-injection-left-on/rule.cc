#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

double share_of(json::Value fault) {
  return fault ? decode_fractional_percent(fault["percentage"]).share() : 0;
}

struct Fault {
  json::Value config;
  std::string text;
  Effect effect;
};

// Whatever the filter is called, the type says what it is.
std::optional<Fault> fault_in(const Extension& filter) {
  if (filter.type_name() != "HTTPFault") return std::nullopt;
  const double aborted = share_of(filter.config["abort"]);
  const double delayed = share_of(filter.config["delay"]);
  if (aborted <= 0 && delayed <= 0) return std::nullopt;
  Fault fault{.config = filter.config, .text = {}, .effect = {0, aborted > 0 ? "FI" : "DI"}};
  if (aborted > 0) {
    const auto code = filter.config["abort"]["http_status"].unsigned_integer();
    fault.effect.code = static_cast<std::uint32_t>(code.value_or(0));
    fault.text = fmt::format("aborts {:.4g} % of the requests{}", aborted * 100,
                             code ? fmt::format(" with {}", *code) : std::string());
  }
  if (delayed > 0) {
    const std::string_view delay = filter.config["delay"]["fixed_delay"].text();
    fault.text += fmt::format("{}delays {:.4g} %{}", aborted > 0 ? " and " : "", delayed * 100,
                              delay.empty() ? std::string() : fmt::format(" by {}", delay));
  }
  std::string headers;
  for (const json::Value header : filter.config["headers"].elements()) {
    headers += fmt::format("{}{}", headers.empty() ? "" : ", ", header["name"].text());
  }
  if (!headers.empty()) fault.text += fmt::format(" (those with a certain {})", headers);
  return fault;
}

// What a route says to a filter is heard where a connection manager has a filter of that name;
// where the dump has no listeners, that is taken for granted.
bool has_filter(const RuleContext& context, const RouteConfigEntry& entry, std::string_view name) {
  const auto uses = context.uses_of(entry);
  return uses.empty() || std::any_of(uses.begin(), uses.end(), [&](const HttpUse* use) {
           const auto& filters = use->manager.http_filters;
           return std::any_of(filters.begin(), filters.end(),
                              [&](const Extension& filter) { return filter.name == name; });
         });
}

std::optional<Fault> fault_in(const RuleContext& context, const RouteConfigEntry& entry,
                              json::Value typed_per_filter_config) {
  for (const json::Member member : typed_per_filter_config.members()) {
    if (!has_filter(context, entry, member.key)) continue;
    if (auto fault = fault_in(decode_any(member.key, member.value))) return fault;
  }
  return std::nullopt;
}

void add(const RuleContext& context, Reporter& report, Draft draft, const Fault& fault) {
  draft.at = fault.config;
  draft.effect = fault.effect;
  const bool error =
      context.listed("error_namespaces", context.node().namespace_) ||
      (draft.resource && context.listed("error_namespaces", draft.resource->namespace_));
  if (error) draft.severity = Severity::kError;
  report.add(std::move(draft));
}

void check_route(const RuleContext& context, const RoutePlace& place, Reporter& report) {
  const Route& route = *place.route;
  auto fault = fault_in(context, *place.entry, route.typed_per_filter_config);
  for (const WeightedCluster& weighted : route.route.weighted_clusters) {
    if (!fault) fault = fault_in(context, *place.entry, weighted.typed_per_filter_config);
  }
  if (!fault) return;
  Draft draft{.object = object_of(place),
              .identity = identity_of(place),
              .resource = resource_of(place, "spec.http[].fault")};
  draft.message = fmt::format("A fault is injected: {} {}", object_of(place), fault->text);
  add(context, report, std::move(draft), *fault);
}

}  // namespace

void check_rt009(const RuleContext& context, Reporter& report) {
  for (const RoutePlace& place : all_routes(context)) check_route(context, place, report);
  for (const RouteConfigEntry* entry : context.route_configs()) {
    for (const VirtualHost& host : entry->config->virtual_hosts) {
      const auto fault = fault_in(context, *entry, host.typed_per_filter_config);
      if (!fault) continue;
      const std::string object =
          fmt::format("virtual host {} of route configuration {}", host.name, entry->config->name);
      Draft draft{.object = object};
      draft.message = fmt::format("A fault is injected: {} {}", object, fault->text);
      add(context, report, std::move(draft), *fault);
    }
  }
  for (const HttpUse* use : context.http_uses()) {
    for (const Extension& filter : use->manager.http_filters) {
      const auto fault = fault_in(filter);
      if (!fault) continue;
      const std::string object =
          fmt::format("filter {} of listener {}", filter.name, use->listener->name);
      Draft draft{.object = object,
                  .resource = KubernetesResource{"EnvoyFilter", "", "", "spec.configPatches"}};
      draft.message = fmt::format("A fault is injected: {} {}", object, fault->text);
      add(context, report, std::move(draft), *fault);
    }
  }
}

}  // namespace xdscope::rules
