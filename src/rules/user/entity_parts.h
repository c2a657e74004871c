// The shapes that several entities hold, as JSON; "" is null.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/context.h"
#include "rules/user/json_text.h"
#include "xdscope/index.h"

namespace xdscope::rules::user {

std::string owner_json(const ResourceRef& owner);
std::string_view direction_name(Listener::Direction direction);
std::string listener_ref_json(const Listener& listener, const Needs& needs);
bool is_default(const Listener& listener, const FilterChain& chain);
std::string chain_ref_json(const Listener& listener, const FilterChain& chain, const Needs& needs);
// "filter chain 0.0.0.0_8080 of listener virtualInbound".
std::string chain_object(const Listener& listener, const FilterChain& chain);
// The message of a TLS transport socket; absent for any other.
json::Value tls_context(const std::optional<Extension>& socket);
std::vector<std::string_view> sds_names(json::Value common_tls_context);
std::string retries_json(const RetryPolicy* policy);
std::string any_json(json::Value value);  // "{}" where it is absent
// Adds `raw`, as far as it is wanted.
void add_raw(ObjectText& out, json::Value value, bool wanted);

// direction, host, port and subset of a cluster's name.
void add_name_parts(ObjectText& out, std::string_view name);
std::string cluster_type(const Cluster& cluster);
std::string_view tls_mode(const Cluster& cluster);

// has_endpoints, total_endpoints and healthy_endpoints; of nullptr, all are null.
void add_endpoint_count(ObjectText& out, const RuleContext& context, const Cluster* cluster);

// Clusters that something points at. Each is looked up once.
class Targets {
 public:
  Targets(const RuleContext& context, const Needs& needs) : context_(context), needs_(needs) {}
  std::string json(std::string_view cluster, std::uint32_t weight);

 private:
  std::string details(std::string_view cluster) const;

  const RuleContext& context_;
  const Needs& needs_;
  std::unordered_map<std::string_view, std::string> details_;
};

}  // namespace xdscope::rules::user
