#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "rules/rule.h"

namespace xdscope::rules {
namespace {

// The names of what is missing, each once, in the order found.
class Missing {
 public:
  void note(bool missing, std::string_view name) {
    if (missing && std::find(names_.begin(), names_.end(), name) == names_.end()) {
      names_.push_back(name);
    }
  }
  const std::vector<std::string_view>& names() const { return names_; }

 private:
  std::vector<std::string_view> names_;
};

bool is_zero_or_unset(json::Value duration) {
  const auto value = decode_duration(duration);
  return !value || value->count() == 0;
}

// Envoy: docs/root/configuration/best_practices/edge.rst.
void look_at_manager(json::Value manager, Missing& missing) {
  missing.note(!manager["use_remote_address"].boolean_or(false), "use_remote_address");
  const std::string_view underscores =
      manager["common_http_protocol_options"]["headers_with_underscores_action"].text();
  missing.note(underscores.empty() || underscores == "ALLOW", "headers_with_underscores_action");
  const json::Value http2 = manager["http2_protocol_options"];
  const auto streams = http2["max_concurrent_streams"].unsigned_integer();
  missing.note(!streams || *streams > 100, "http2 max_concurrent_streams");
  missing.note(!http2["initial_stream_window_size"], "http2 initial_stream_window_size");
  missing.note(!http2["initial_connection_window_size"], "http2 initial_connection_window_size");
  // Absent, it means five minutes.
  const json::Value idle = manager["stream_idle_timeout"];
  missing.note(idle && is_zero_or_unset(idle), "stream_idle_timeout");
  missing.note(is_zero_or_unset(manager["request_headers_timeout"]), "request_headers_timeout");
  missing.note(!manager["merge_slashes"].boolean_or(false), "merge_slashes");
  const std::string_view escaped = manager["path_with_escaped_slashes_action"].text();
  missing.note(escaped.empty() || escaped == "KEEP_UNCHANGED", "path_with_escaped_slashes_action");
}

void look_at_overload_manager(json::Value overload, Missing& missing) {
  bool heap = false;
  bool connections = false;
  for (const json::Value monitor : overload["resource_monitors"].elements()) {
    const Extension extension = decode_extension(monitor);
    if (extension.type_name() == "FixedHeapConfig") heap = true;
    // Istio writes the largest value, which is no limit.
    if (extension.type_name() == "DownstreamConnectionsConfig") {
      connections =
          extension.config["max_active_downstream_connections"].integer_or(0) < 2147483647;
    }
  }
  missing.note(!heap, "overload manager: fixed_heap");
  missing.note(!connections, "overload manager: a limit on downstream connections");
}

}  // namespace

void check_gw002(const RuleContext& context, Reporter& report) {
  if (!context.boolean("edge") && context.role() == Role::kEnvoy) return;
  Missing missing;
  json::Value first;
  for (const HttpUse* use : context.http_uses()) {
    if (use->listener->direction == Listener::Direction::kInbound) continue;
    if (!first) first = use->manager.source;
    look_at_manager(use->manager.source, missing);
    missing.note(!use->listener->source["per_connection_buffer_limit_bytes"],
                 "per_connection_buffer_limit_bytes");
  }
  if (!first) return;
  if (context.has(Input::kBootstrap)) {
    look_at_overload_manager(context.bootstrap()["overload_manager"], missing);
  }
  if (missing.names().empty()) return;
  const std::string_view cluster = context.node().cluster;
  report.add(
      {.object = fmt::format("edge protections of {}", cluster.empty() ? "this proxy" : cluster),
       .at = first,
       .message = fmt::format("{} protections of an edge proxy are missing: {}",
                              missing.names().size(), fmt::join(missing.names(), ", "))});
}

}  // namespace xdscope::rules
