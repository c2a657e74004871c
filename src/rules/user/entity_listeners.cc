#include "rules/user/entity_listeners.h"
#include "model/filter_chains.h"

#include <fmt/format.h>

#include <algorithm>

#include "rules/support/istio.h"
#include "rules/support/policies.h"
#include "rules/user/entity_parts.h"

namespace xdscope::rules::user {
namespace {

std::string_view traffic_of(const Listener& listener) {
  bool http = false;
  bool tcp = false;
  for (const FilterChain* chain : chains_of(listener)) {
    for (const Extension& filter : chain->filters) {
      http = http || is_http_connection_manager(filter);
      tcp = tcp || is_tcp_proxy(filter);
    }
  }
  if (http && tcp) return "http+tcp";
  if (http) return "http";
  return tcp ? "tcp" : "other";
}

template <class Filters>
std::vector<std::string_view> names_of(const Filters& filters) {
  std::vector<std::string_view> names;
  names.reserve(filters.size());
  for (const Extension& filter : filters) names.push_back(filter.name);
  return names;
}

std::string ranges_json(const std::vector<CidrRange>& ranges) {
  return list_text(ranges, [](const CidrRange& range) {
    return quoted(fmt::format("{}/{}", range.address, range.length));
  });
}

std::string downstream_tls_json(const FilterChain& chain) {
  const json::Value context = tls_context(chain.transport_socket);
  if (!context) return {};
  const json::Value common = context["common_tls_context"];
  const std::string_view version = common["tls_params"]["tls_minimum_protocol_version"].text();
  ObjectText out;
  out.boolean("require_client_certificate",
              context["require_client_certificate"].boolean_or(false));
  // Envoy's servers accept TLS 1.2 and later unless they are told otherwise.
  out.text("minimum_version", version.empty() || version == "TLS_AUTO" ? "TLSv1_2" : version);
  out.texts("secrets", sds_names(common));
  return std::move(out).finish();
}

std::string tcp_clusters_json(const FilterChain& chain, Targets& targets) {
  std::string out = "[";
  const auto add = [&](std::string_view cluster, std::uint32_t weight) {
    if (out.size() > 1) out += ',';
    out += targets.json(cluster, weight);
  };
  for (const Extension& filter : chain.filters) {
    if (!is_tcp_proxy(filter)) continue;
    const TcpProxy proxy = decode_tcp_proxy(filter);
    if (!proxy.cluster.empty()) add(proxy.cluster, 1);
    for (const WeightedTarget& target : proxy.weighted_clusters) {
      add(target.cluster, target.weight);
    }
  }
  return out + "]";
}

std::optional<HttpConnectionManager> manager_of(const FilterChain& chain) {
  for (const Extension& filter : chain.filters) {
    if (is_http_connection_manager(filter)) return decode_http_connection_manager(filter);
  }
  return std::nullopt;
}

void add_http(ObjectText& out, const FilterChain& chain) {
  const auto manager = manager_of(chain);
  out.boolean("http", manager.has_value());
  out.texts("http_filters",
            manager ? names_of(manager->http_filters) : std::vector<std::string_view>());
  std::string config;
  if (manager && manager->route_source == HttpConnectionManager::RouteSource::kRds) {
    config = quoted(manager->rds_name);
  } else if (manager && manager->route_source == HttpConnectionManager::RouteSource::kInline) {
    config = quoted(manager->route_config["name"].text());
  }
  out.json("route_config_name", config);
}

std::string chain_json(const Listener& listener, const FilterChain& chain, Targets& targets,
                       bool with_raw) {
  const FilterChainMatch& match = chain.match;
  ObjectText out;
  out.text("name", chain.name);
  out.boolean("default", is_default(listener, chain));
  out.number_or_null("destination_port", match.destination_port
                                             ? std::optional<double>(*match.destination_port)
                                             : std::nullopt);
  out.json("prefix_ranges", ranges_json(match.prefix_ranges));
  out.json("source_prefix_ranges", ranges_json(match.source_prefix_ranges));
  out.texts("server_names", match.server_names);
  out.text("transport_protocol", match.transport_protocol);
  out.texts("application_protocols", match.application_protocols);
  out.json("tls", downstream_tls_json(chain));
  out.json("filters", list_text(chain.filters, [](const Extension& filter) {
             ObjectText part;
             part.text("name", filter.name);
             part.text("type", filter.type_name());
             return std::move(part).finish();
           }));
  add_http(out, chain);
  out.json("clusters", tcp_clusters_json(chain, targets));
  out.json("owner", owner_json(chain.owner));
  out.json("listener", listener_ref_json(listener));
  add_raw(out, chain.source, with_raw);
  return std::move(out).finish();
}

std::string_view action_name(PolicyUse::Action action) {
  switch (action) {
    case PolicyUse::Action::kAllow:
      return "ALLOW";
    case PolicyUse::Action::kDeny:
      return "DENY";
    case PolicyUse::Action::kLog:
      break;
  }
  return "LOG";
}

void emit_policy(const PolicyUse& use, bool with_raw, const EntitySink& sink) {
  const auto owner = resource_of(use, {});
  ObjectText owner_out;
  if (owner) {
    owner_out.text("kind", owner->kind);
    owner_out.text("namespace", owner->namespace_);
    owner_out.text("name", owner->name);
  }
  const std::string_view action = action_name(use.action);
  const std::string_view protocol = use.http ? "http" : "tcp";
  ObjectText out;
  out.text("name", use.key);
  out.text("action", action);
  out.boolean("dry_run", use.shadow);
  out.text("filter", use.filter_name);
  out.text("protocol", protocol);
  out.boolean("any_principal", holds_any(use.policy["principals"]));
  out.boolean("any_permission", holds_any(use.policy["permissions"]));
  out.json("permissions", any_json(use.policy["permissions"]));
  out.json("principals", any_json(use.policy["principals"]));
  out.json("owner", owner ? std::move(owner_out).finish() : std::string());
  out.json("filter_chain", chain_ref_json(*use.listener, *use.chain));
  out.json("listener", listener_ref_json(*use.listener));
  add_raw(out, use.policy, with_raw);
  const std::string object =
      fmt::format("policy {} in {}", use.key, chain_object(*use.listener, *use.chain));
  // One AuthorizationPolicy stands in every filter chain: it is one defect.
  const std::string identity =
      owner ? fmt::format("policy {} {} {}", use.key, action, protocol) : object;
  sink({std::move(out).finish(), object, identity, use.policy, owner});
}

}  // namespace

void each_listener(const RuleContext& context, bool with_raw, const EntitySink& sink) {
  for (const Listener* listener : context.listeners()) {
    ObjectText out;
    out.text("name", listener->name);
    out.text("direction", direction_name(listener->direction));
    out.text("type", traffic_of(*listener));
    out.text("address", listener->primary().host);
    out.number("port", listener->primary().port);
    out.json("addresses", list_text(listener->addresses, [](const Address& address) {
               return quoted(to_string(address));
             }));
    out.boolean("bind_to_port", listener->bind_to_port);
    out.boolean("use_original_dst", listener->use_original_dst);
    out.texts("listener_filters", names_of(listener->listener_filters));
    out.json("filter_chains", list_text(chains_of(*listener), [&](const FilterChain* chain) {
               return chain_ref_json(*listener, *chain);
             }));
    add_raw(out, listener->source, with_raw);
    const std::string object = fmt::format("listener {}", listener->name);
    sink({std::move(out).finish(), object, object, listener->source, std::nullopt});
  }
}

void each_filter_chain(const RuleContext& context, bool with_raw, const EntitySink& sink) {
  Targets targets(context);
  for (const Listener* listener : context.listeners()) {
    for (const FilterChain* chain : chains_of(*listener)) {
      const std::string object = chain_object(*listener, *chain);
      sink({chain_json(*listener, *chain, targets, with_raw), object, object, chain->source,
            resource_of(chain->owner, {})});
    }
  }
}

void each_http_filter(const RuleContext& context, bool with_raw, const EntitySink& sink) {
  for (const HttpUse* use : context.http_uses()) {
    const auto& filters = use->manager.http_filters;
    const std::vector<std::string_view> names = names_of(filters);
    for (std::size_t i = 0; i < filters.size(); ++i) {
      const Extension& filter = filters[i];
      const std::span all(names);
      ObjectText out;
      out.text("name", filter.name);
      out.text("type", filter.type_name());
      out.number("order", static_cast<double>(i));
      out.texts("before", all.first(i));
      out.texts("after", all.subspan(i + 1));
      out.boolean("disabled", filter.disabled);
      out.boolean("optional", filter.is_optional);
      out.boolean("config_discovery", filter.config_discovery);
      out.json("config", any_json(filter.config));
      out.json("filter_chain", chain_ref_json(*use->listener, *use->filter_chain));
      out.json("listener", listener_ref_json(*use->listener));
      add_raw(out, filter.source, with_raw);
      const std::string object = fmt::format("HTTP filter {} in {}", filter.name,
                                             chain_object(*use->listener, *use->filter_chain));
      sink({std::move(out).finish(), object, object, filter.source, std::nullopt});
    }
  }
}

void each_policy(const RuleContext& context, bool with_raw, const EntitySink& sink) {
  for (const PolicyUse& use : policy_uses(context)) emit_policy(use, with_raw, sink);
}

}  // namespace xdscope::rules::user
